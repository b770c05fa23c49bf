//! The body, with the arguments moved into it.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Ident, Pat, PatType, Signature, Token};

use crate::function::body_shape::BodyShape;
use crate::function::parameters::{conditions, owns_receiver, receiver};
use crate::function::parse::Function;
use crate::function::pattern::binds_mutably;
use crate::model::Model;
use crate::syntax::tokens::any_ident;

/// The function's signature, and its body with the arguments moved into it. So the arguments are dropped
/// before the span ends, in the order of a plain function.
pub(super) struct FunctionParts {
    pub(super) signature: Signature,
    /// `let a = a;` for each parameter, in order of declaration; then the user's block. That block has the
    /// edition of the user's crate, and the block around it has edition 2024. So temporaries of the last
    /// expression are dropped where the user's edition says, but always before the arguments.
    pub(super) body: TokenStream,
}

impl FunctionParts {
    pub(super) fn of(model: &Model) -> Self {
        let mut signature = model.function.signature.clone();
        let mut moved = TokenStream::new();
        if let Some(this) = captured_receiver(model) {
            // Mentions `self`, so that the closure or the future captures all of it, and drops it before the span ends.
            moved.extend(quote_spanned!(this.span=> let _ = &#this;));
        }
        for (index, input) in signature.inputs.iter_mut().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            let conditions = conditions(typed);
            let lints = take_lints(typed);
            // A recorded parameter counts as used.
            let unused = model.uses(&typed.pat).then(|| quote!(#[allow(unused_variables)]));
            match &mut *typed.pat {
                Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => {
                    let name = pattern.ident.clone();
                    let mutability = pattern.mutability.take();
                    let underscore = name.to_string().starts_with('_').then(|| {
                        quote!(clippy::used_underscore_binding, clippy::no_effect_underscore_binding,)
                    });
                    let allow = quote! {
                        #unused
                        #[cfg_attr(clippy, allow(#underscore clippy::redundant_locals, clippy::shadow_same))]
                        #(#lints)*
                    };
                    moved.extend(quote!(#(#conditions)* #allow let #mutability #name = #name;));
                }
                pattern => {
                    let whole = argument_variable(index);
                    let original = std::mem::replace(pattern, syn::parse_quote!(#whole));
                    let mutability = binds_mutably(&original).then(|| quote!(mut));
                    moved.extend(quote!(#(#conditions)* let #mutability #whole = #whole;));
                    if !matches!(original, Pat::Wild(_)) {
                        let allow =
                            quote!(#unused #[cfg_attr(clippy, allow(clippy::shadow_same))] #(#lints)*);
                        moved.extend(quote!(#(#conditions)* #allow let #original = #whole;));
                    }
                }
            }
        }
        let statements = &model.function.statements;
        // An empty statement, so that no lint calls the user's braces unnecessary.
        let nothing = quote_spanned!(Span::mixed_site()=> ;);
        let mut block = Group::new(Delimiter::Brace, quote!(#nothing #statements));
        block.set_span(model.function.braces.span());
        Self { signature, body: quote!(#moved #block) }
    }
}

/// The receiver that has to be mentioned. In edition 2018 the compiler forgets to capture it for `match self.0 {}`, and fails. A
/// reference that the body does not mention is not captured, so that Clippy sees that it is unused; its lint skips async
/// functions, so they always mention it.
fn captured_receiver(model: &Model) -> Option<&Token![self]> {
    let signature = &model.function.signature;
    receiver(signature).filter(|_| match model.shape {
        BodyShape::InPlace => false,
        BodyShape::AsyncBlock => true,
        _ => owns_receiver(signature) || mentions_self(model),
    })
}

fn mentions_self(model: &Model) -> bool {
    any_ident(model.function.statements.clone(), &|word| word == "self")
}

/// The lint attributes of a parameter, for its variable, which is now in the body. They stay on the parameter, too, except for
/// expectations, of which only one can be fulfilled.
fn take_lints(parameter: &mut PatType) -> Vec<Attribute> {
    const LINT_LEVELS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];
    let is_level = |word: &Ident| LINT_LEVELS.iter().any(|level| word == level);
    let is_lint = |attribute: &Attribute| {
        attribute.path().get_ident().is_some_and(is_level)
            || (attribute.path().is_ident("cfg_attr")
                && any_ident(attribute.meta.to_token_stream(), &is_level))
    };
    let lints: Vec<Attribute> =
        parameter.attrs.iter().filter(|attribute| is_lint(attribute)).cloned().collect();
    let is_expectation = |attribute: &Attribute| {
        is_lint(attribute) && any_ident(attribute.meta.to_token_stream(), &|word| word == "expect")
    };
    parameter.attrs.retain(|attribute| !is_expectation(attribute));
    lints
}

/// Statements in the user's braces, with braces of ours inside of them.
///
/// Lints, coverage and errors go by the span of the outer ones. The inner ones have the edition of these tokens, so that
/// temporaries of the last expression are dropped before the arguments.
pub(super) fn in_braces(function: &Function, before: &TokenStream, statements: TokenStream) -> Group {
    let mut ours = Group::new(Delimiter::Brace, statements);
    ours.set_span(Span::mixed_site().located_at(function.braces.span()));
    let mut users = Group::new(Delimiter::Brace, quote!(#before #ours));
    users.set_span(function.braces.span());
    users
}

/// The variable that holds an argument whose parameter is not a plain name.
pub(super) fn argument_variable(index: usize) -> Ident {
    format_ident!("__argument{index}", span = Span::mixed_site())
}
