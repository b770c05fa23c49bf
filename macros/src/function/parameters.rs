//! The function's parameters, and the variables that they bind.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, FnArg, Ident, Pat, PatType, ReceiverKind, Signature, Token, Type};

use super::pattern::{by_reference, plain_name};
use crate::syntax::tokens::mentions;

/// The function's parameters, by the variables that they bind.
pub(crate) struct Parameters<'a> {
    /// All but `self`, with their position in the signature.
    pub(crate) typed: Vec<(usize, &'a PatType)>,
    has_receiver: bool,
}

/// A parameter whose pattern is not a plain name.
pub(crate) struct DestructuredParameter {
    /// Its position in the signature
    pub(crate) index: usize,
    /// The pattern as it matches a reference
    pub(crate) pattern: Pat,
}

impl<'a> Parameters<'a> {
    pub(crate) fn of(signature: &'a Signature) -> Self {
        let typed = signature
            .inputs
            .iter()
            .enumerate()
            .filter_map(|(index, input)| match input {
                FnArg::Typed(typed) => Some((index, typed)),
                FnArg::Receiver(_) => None,
            })
            .collect();
        Self { typed, has_receiver: receiver(signature).is_some() }
    }

    pub(crate) fn has(&self, name: &Ident) -> bool {
        (name == "self" && self.has_receiver)
            || self.typed.iter().any(|(_, parameter)| binds(&parameter.pat, name))
    }

    /// Whether a parameter binds a variable of this name.
    pub(crate) fn has_named(&self, name: &str) -> bool {
        self.typed.iter().any(|(_, parameter)| match by_reference(&parameter.pat) {
            Some((bindings, _)) => bindings.iter().any(|bound| bound.name == name),
            None => false,
        })
    }

    /// Whether the function has the variable that an expression begins with. True if it begins with
    /// something other than a variable.
    pub(crate) fn has_variable_of(&self, value: &Expr) -> bool {
        leading_variable(value).is_none_or(|name| self.has(name))
    }

    /// Whether an expression mentions `self`, which this function does not have.
    pub(crate) fn lacks_self_of(&self, value: &Expr) -> bool {
        let this = Ident::new("self", proc_macro2::Span::call_site());
        !self.has_receiver && mentions(value.to_token_stream(), &this)
    }

    /// The destructured parameters whose variables the tokens mention.
    pub(crate) fn destructured_in(&self, tokens: &TokenStream) -> Vec<DestructuredParameter> {
        self.typed
            .iter()
            .filter(|(_, parameter)| plain_name(&parameter.pat).is_none())
            .filter_map(|(index, parameter)| {
                let (bindings, pattern) = by_reference(&parameter.pat)?;
                let is_mentioned = bindings.iter().any(|bound| mentions(tokens.clone(), &bound.name));
                is_mentioned.then_some(DestructuredParameter { index: *index, pattern })
            })
            .collect()
    }
}

/// The receiver's `self` token, if there is one.
pub(crate) fn receiver(signature: &Signature) -> Option<&Token![self]> {
    match signature.inputs.first()? {
        FnArg::Receiver(receiver) => Some(&receiver.self_token),
        FnArg::Typed(_) => None,
    }
}

/// Whether the receiver may own the value, and not only refer to it.
pub(crate) fn owns_receiver(signature: &Signature) -> bool {
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else { return false };
    match &receiver.kind {
        ReceiverKind::Reference(..) => false,
        ReceiverKind::Typed(_, ty) => !matches!(**ty, Type::Reference(_)),
        _ => true,
    }
}

/// Whether the receiver is `mut self`, or `mut self: Type`.
pub(crate) fn has_mutable_receiver(signature: &Signature) -> bool {
    matches!(signature.inputs.first(), Some(FnArg::Receiver(receiver)) if receiver.mutability.is_some())
}

/// Whether a pattern binds a variable of this name, or takes it from a field or a type of this name.
pub(crate) fn binds(pattern: &Pat, name: &Ident) -> bool {
    match by_reference(pattern) {
        Some((bindings, _)) => {
            bindings.iter().any(|bound| bound.name == *name || bound.known_as.contains(name))
        }
        None => mentions(pattern.to_token_stream(), name),
    }
}

/// The `#[cfg]` attributes of a parameter.
pub(crate) fn conditions(parameter: &PatType) -> Vec<Attribute> {
    parameter.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The variable that an expression such as `user.address.city` begins with, except `self`.
pub(crate) fn leading_variable(value: &Expr) -> Option<&Ident> {
    match value {
        Expr::Field(field) => leading_variable(&field.base),
        Expr::Path(path) => path.path.get_ident().filter(|name| *name != "self" && is_variable(name)),
        _ => None,
    }
}

/// By its spelling: constants and statics are in capitals.
fn is_variable(name: &Ident) -> bool {
    name.unraw().to_string().chars().any(char::is_lowercase)
}
