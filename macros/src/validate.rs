//! Refuses functions that cannot be recorded, and arguments that make no sense on their function.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Error, Expr, FnArg, Ident, PatType, Receiver};

use crate::args::Args;
use crate::errors::Errors;
use crate::function::field_attribute::FieldAttribute;
use crate::function::parse::Function;
use crate::model::Model;
use crate::syntax::tokens::mentions;

/// Reports everything that is wrong with a model.
pub(crate) fn validate(model: &Model, errors: &mut Errors) {
    check_function(&model.function, errors);
    model.args.check(&model.function, model.shape, errors);
    check_awaits(&model.args, errors);
}

fn check_function(function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(token) = &signature.constness {
        errors.add(Error::new_spanned(
            token,
            "a `const fn` cannot be recorded, because it may run in the compiler, where no span can start; remove \
             `const`, or record the function that calls it",
        ));
    }
    if let Some(token) = &signature.variadic {
        errors.add(Error::new_spanned(
            token,
            "a variadic function cannot be recorded; record the function that calls it",
        ));
    }
    for input in &signature.inputs {
        if let FnArg::Receiver(receiver) = input
            && let Some(attribute) = receiver.attrs.iter().find(|attribute| FieldAttribute::is(attribute))
        {
            errors.add(Error::new_spanned(
                attribute,
                "`#[field]` does not work on `self`; name the parts to record, such as `fields(id = self.id)`",
            ));
        }
        let (FnArg::Typed(PatType { attrs, .. }) | FnArg::Receiver(Receiver { attrs, .. })) = input;
        let field = Ident::new("field", Span::call_site());
        let hidden = attrs.iter().find(|attribute| {
            attribute.path().is_ident("cfg_attr") && mentions(attribute.meta.to_token_stream(), &field)
        });
        if let Some(attribute) = hidden {
            errors.add(Error::new_spanned(
                attribute,
                "`#[field]` does not work in `cfg_attr`; put `#[cfg_attr(.., instrument(fields(..)))]` on the function \
                 instead",
            ));
        }
    }
}

/// What is evaluated before the span starts must not wait: the span starts within the first poll.
fn check_awaits(args: &Args, errors: &mut Errors) {
    let mut tokens = args.expressions();
    let fields = args.fields.entries.iter().filter_map(|field| field.value.as_ref());
    tokens.extend(fields.map(Expr::to_token_stream));
    if let Some(place) = first_await(tokens) {
        errors.add(Error::new(
            place,
            "`.await` does not work here, because the span has not started; call `spanwise::set_attribute` in the body",
        ));
    }
}

/// The first `.await` outside of async blocks.
fn first_await(tokens: TokenStream) -> Option<Span> {
    let mut after_dot = false;
    let mut in_async = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "await" && after_dot => return Some(word.span()),
            TokenTree::Ident(word) => in_async = word == "async" || (in_async && word == "move"),
            TokenTree::Group(group) if !in_async => {
                if let Some(place) = first_await(group.stream()) {
                    return Some(place);
                }
            }
            TokenTree::Group(_) => in_async = false,
            TokenTree::Punct(punct) => {
                after_dot = punct.as_char() == '.';
                continue;
            }
            TokenTree::Literal(_) => {}
        }
        after_dot = false;
    }
    None
}
