//! The code around the body, for each shape in which it runs.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Path, ReturnType};

use super::body::{FunctionParts, in_braces};
use super::outcome::outcome;
use super::start::SpanStart;
use crate::args::Args;
use crate::function::async_return::{AsyncKind, async_output_type, may_return_box, names_result};
use crate::function::parameters::has_mutable_receiver;
use crate::function::parse::Function;
use crate::function::return_type::{nameable_return_type, output_place, returns_never, returns_unit};
use crate::model::Model;
use crate::syntax::tokens::at;

pub(super) struct Expansion<'a> {
    pub(super) model: &'a Model,
    pub(super) runtime: Path,
    pub(super) start: SpanStart,
}

impl Expansion<'_> {
    fn closure(&self, parts: &FunctionParts) -> TokenStream {
        let function = &self.model.function;
        let body = in_braces(function, &TokenStream::new(), parts.body.clone());
        let annotation = annotation(function);
        quote_spanned!(Span::mixed_site()=> move || #annotation #body)
    }

    /// In a closure, a new value of `mut self` that is only dropped seems to be unused to the compiler.
    fn allowed_assignments(&self) -> Option<TokenStream> {
        let function = &self.model.function;
        (has_mutable_receiver(&function.signature) && assigns_self(function.statements.clone()))
            .then(|| quote_spanned!(Span::mixed_site()=> #[allow(unused_assignments)]))
    }

    /// A lint about a large error is reported for the function, and not for the closure, too.
    fn allowed_large_error(&self) -> Option<TokenStream> {
        names_result(&self.model.function.signature).then(
            || quote_spanned!(Span::mixed_site()=> #[cfg_attr(clippy, allow(clippy::result_large_err))]),
        )
    }

    /// The outcome of `result`, which is a reference.
    fn outcome(&self, result: &TokenStream) -> TokenStream {
        let Args { err, ret, .. } = &self.model.args;
        outcome(&self.runtime, err.given.as_ref(), ret.given.as_ref(), result)
    }

    pub(super) fn in_closure(&self, parts: &FunctionParts) -> TokenStream {
        let runtime = &self.runtime;
        let closure = self.closure(parts);
        let result = quote_spanned!(Span::mixed_site()=> __result);
        let borrowed = quote_spanned!(Span::mixed_site()=> &__result);
        let is_plain = !may_return_box(&self.model.function.signature);
        let exit = match (&self.model.args.err.given, &self.model.args.ret.given) {
            (None, None) if !is_plain => quote_spanned! {Span::mixed_site()=>
                #runtime::after_return(&__result).finish_by_type(
                    __entered,
                    __result,
                    |__result| #runtime::output(__result).error_type(),
                )
            },
            (err, _) if !is_plain => {
                let outcome = self.outcome(&result);
                // A condition may mention `self` and the parameters.
                let finish = match err.as_ref().is_some_and(|err| err.condition.is_some()) {
                    true => quote_spanned!(Span::mixed_site()=> finish_borrowing),
                    false => quote_spanned!(Span::mixed_site()=> finish),
                };
                quote_spanned! {Span::mixed_site()=>
                    #runtime::after_return(&__result).#finish(__entered, __result, |__result| #outcome)
                }
            }
            // Nearly every function, so the shortest code.
            (None, None) => quote_spanned! {Span::mixed_site()=>
                __entered.exit_by_type(#runtime::output(&__result).error_type());
                __result
            },
            _ => {
                let outcome = self.outcome(&borrowed);
                quote_spanned! {Span::mixed_site()=>
                    __entered.exit(#outcome);
                    __result
                }
            }
        };
        let entered = self.start.finish("enter");
        let allow = self.allowed_assignments();
        let allow_large = self.allowed_large_error();
        quote_spanned! {Span::mixed_site()=>
            let __entered = #entered;
            #allow
            #allow_large
            let __result = #runtime::call(#closure);
            #exit
        }
    }

    pub(super) fn in_place(&self, parts: &FunctionParts) -> TokenStream {
        let body = &parts.body;
        let entered = self.start.finish("enter_in_place");
        quote_spanned! {Span::mixed_site()=>
            let __entered = #entered;
            #body
        }
    }

    pub(super) fn in_async(&self, parts: &FunctionParts) -> TokenStream {
        let runtime = &self.runtime;
        let signature = &self.model.function.signature;
        // Never runs. It tells the compiler the block's type, for `?` and for errors about the type.
        let output = match returns_never(signature) {
            // `!` can only be written as the type that a function returns. `Infallible` is as empty.
            true => Some(quote_spanned!(Span::mixed_site()=> ::core::convert::Infallible)),
            false if returns_unit(signature) => Some(quote_spanned!(Span::mixed_site()=> ())),
            false => nameable_return_type(signature),
        };
        let hint = output.map(|ty| {
            quote_spanned! {Span::mixed_site()=>
                #[cfg_attr(clippy, allow(clippy::needless_return))]
                if false {
                    return #runtime::never::<#ty>();
                }
            }
        });
        let (by, outcome) = match (&self.model.args.err.given, &self.model.args.ret.given) {
            (None, None) => (
                quote_spanned!(Span::mixed_site()=> by_type),
                quote_spanned!(Span::mixed_site()=> #runtime::output(__result).error_type()),
            ),
            _ => (
                quote_spanned!(Span::mixed_site()=> new),
                self.outcome(&quote_spanned!(Span::mixed_site()=> __result)),
            ),
        };
        let begun = self.start.finish(if self.model.args.enter_on_poll.is_on() {
            "hand_over_each_poll"
        } else {
            "hand_over"
        });
        let body = &parts.body;
        let statements = quote_spanned! {Span::mixed_site()=>
            #begun;
            #hint
            #body
        };
        let block = in_braces(&self.model.function, &TokenStream::new(), statements);
        let allow = self.allowed_assignments();
        let arguments = quote_spanned! {Span::mixed_site()=>
            // An async function may return a future; in a block, clippy objects.
            #[cfg_attr(clippy, allow(clippy::async_yields_async))]
            #allow
            async move #block,
            |__result| #outcome,
        };
        let place = returned_place(&self.model.function);
        let runtime = at(place, runtime);
        quote_spanned!(place=> #runtime::Traced::#by(#arguments))
    }

    /// In a function that stays `async`.
    pub(super) fn in_awaited_async(&self, parts: &FunctionParts) -> TokenStream {
        let future = self.in_async(parts);
        // The await has another type than `!`; this has `!`.
        let never = returns_never(&self.model.function.signature).then(|| {
            quote_spanned! {Span::mixed_site()=>
                ;
                #[allow(unreachable_code, clippy::empty_loop)]
                loop {}
            }
        });
        quote_spanned!(Span::mixed_site()=> #future.await #never)
    }

    /// Makes a future or a stream under the span, which continues with it.
    pub(super) fn in_async_return(&self, parts: &FunctionParts, kind: AsyncKind) -> TokenStream {
        let runtime = &self.runtime;
        let closure = self.closure(parts);
        let outcome = self.outcome(&quote_spanned!(Span::mixed_site()=> __result));
        let place = returned_place(&self.model.function);
        let located = at(place, runtime);
        let made = quote_spanned!(place=> #located::call(#closure));
        let go_on = match kind {
            AsyncKind::Future => {
                quote_spanned!(Span::mixed_site()=> __entered.go_on(__later, |__result| #outcome))
            }
            AsyncKind::Stream => {
                quote_spanned!(Span::mixed_site()=> __entered.go_on_streaming(__later, |__result| #outcome))
            }
        };
        // The outcome is found by type, so the type is named first where the signature has it.
        let made = match (kind, async_output_type(&self.model.function.signature)) {
            (AsyncKind::Future, Some(ty)) => {
                quote_spanned!(place=> #located::future_of::<#ty, _>(#made))
            }
            (AsyncKind::Stream, Some(ty)) => {
                quote_spanned!(place=> #located::stream_of::<#ty, _>(#made))
            }
            _ => made,
        };
        let entered = self.start.finish("enter");
        quote_spanned! {Span::mixed_site()=>
            let __entered = #entered;
            let __later = #made;
            #go_on
        }
    }
}

/// Whether the tokens have `self = ..`.
fn assigns_self(tokens: TokenStream) -> bool {
    let mut before = [None, None];
    for token in tokens {
        let is_sign = |token: &Option<TokenTree>, sign: char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        let is_self = matches!(&before[0], Some(TokenTree::Ident(word)) if word == "self");
        let next = Some(token);
        if is_self && is_sign(&before[1], '=') && !is_sign(&next, '=') {
            return true;
        }
        if let Some(TokenTree::Group(group)) = &next
            && assigns_self(group.stream())
        {
            return true;
        }
        let [_, last] = before;
        before = [last, next];
    }
    false
}

/// Where the value is returned, as far as the tokens show: the end of the body, or else the return type. With our hygiene.
/// The compiler reports there what is wrong with the value as a whole.
fn returned_place(function: &Function) -> Span {
    match function.statements.clone().into_iter().last() {
        Some(TokenTree::Punct(_)) | None => output_place(&function.signature),
        Some(last) => Span::mixed_site().located_at(last.span()),
    }
}

/// `-> T` for the closure that holds the body, if `T` can be written there.
fn annotation(function: &Function) -> TokenStream {
    let signature = &function.signature;
    match (nameable_return_type(signature), &signature.output) {
        (Some(ty), ReturnType::Type(arrow, _)) => quote!(#arrow #ty),
        _ if returns_unit(signature) => quote_spanned!(Span::mixed_site()=> -> ()),
        _ => TokenStream::new(),
    }
}
