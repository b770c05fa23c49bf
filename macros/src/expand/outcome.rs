//! The code that inspects the function's result.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Path;

use crate::args::outcome::{ErrOptions, RetOptions};
use crate::syntax::value::ValueFormat;

/// The outcome of `result`, which is a reference. Whether it is a `Result` is found by its type and not by
/// its name.
pub(super) fn outcome(
    runtime: &Path,
    err: Option<&ErrOptions>,
    ret: Option<&RetOptions>,
    result: &TokenStream,
) -> TokenStream {
    let output = quote_spanned!(Span::mixed_site()=> #runtime::output(#result));
    let outcome = match err {
        None => quote_spanned!(Span::mixed_site()=> #output.outcome()),
        Some(err) if err.is_off => quote_spanned!(Span::mixed_site()=> #runtime::Outcome::success()),
        Some(err) => failure(runtime, err, &output),
    };
    let Some(ret) = ret else { return outcome };
    let place = Span::mixed_site().located_at(ret.span);
    let shown = match ret.format {
        ValueFormat::Typed => quote_spanned!(place=> .shown()),
        ValueFormat::Debug => quote_spanned!(place=> .debugged()),
        ValueFormat::Display => quote_spanned!(place=> .displayed()),
    };
    let level = ret.level.as_ref().map(|level| {
        let level = level.value(runtime);
        quote_spanned!(Span::mixed_site()=> .filter(|_| #runtime::is_enabled(#level)))
    });
    quote_spanned!(Span::mixed_site()=> #outcome.returning(#output.returned()#shown #level))
}

fn failure(runtime: &Path, err: &ErrOptions, output: &TokenStream) -> TokenStream {
    let place = Span::mixed_site().located_at(err.span);
    let message = match err.format {
        ValueFormat::Typed => None,
        ValueFormat::Debug => Some(quote_spanned!(place=> __failure.debugged())),
        ValueFormat::Display => Some(quote_spanned!(place=> __failure.displayed())),
    };
    let message = message.map(|message| quote_spanned!(place=> .with_message(#message)));
    let level = err.level.as_ref().map(|level| {
        let level = level.value(runtime);
        quote_spanned!(Span::mixed_site()=> .at(#level))
    });
    let reported = quote_spanned!(place=> __failure.described());
    match &err.condition {
        None if message.is_none() => {
            quote_spanned!(Span::mixed_site()=> #output.failure().described() #level)
        }
        None => quote_spanned! {Span::mixed_site()=> {
            let __failure = #output.failure();
            #reported #message #level
        }},
        Some(condition) => quote_spanned! {Span::mixed_site()=> {
            let __failure = #output.failure();
            if __failure.only_if(#condition) { #reported #message #level } else { #runtime::Outcome::success() }
        }},
    }
}
