//! How the body runs under its span.

use super::anonymous_lifetime::has_anonymous_lifetime_in_impl;
use super::async_return::{AsyncReturn, async_return, unwrappable_async_return};
use super::parse::Function;
use super::return_type::{impl_trait_bounds, returns_closure, returns_never};

/// How the body runs under its span.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum BodyShape {
    /// In a closure. The closure's result is inspected.
    Closure,
    /// In place, because a closure would be visible to the user. Only a panic is noticed.
    InPlace,
    /// In an async block that the function returns; the function is no longer `async`.
    AsyncBlock,
    /// In an async block that the function awaits; the function stays `async`.
    AwaitedAsyncBlock,
    /// In a closure that makes a future or a stream, which continues the span.
    AsyncReturn(AsyncReturn),
}

impl BodyShape {
    /// `needs_result`: an argument asks for the function's result.
    pub(crate) fn of(function: &Function, needs_result: bool) -> Self {
        let signature = &function.signature;
        if signature.asyncness.is_some() {
            // Only an async function can return `!`, or have `impl Trait<'_>` and `impl Trait<&T>` among its parameters.
            // The lint about async functions in traits needs one, too.
            let must_stay = function.has_other_macros()
                || returns_never(signature)
                || has_anonymous_lifetime_in_impl(signature)
                || function.expects("async_fn_in_trait");
            match must_stay {
                true => Self::AwaitedAsyncBlock,
                false => Self::AsyncBlock,
            }
        } else if function.is_track_caller() || returns_never(signature) {
            Self::InPlace
        } else if let Some(returned) = async_return(signature) {
            Self::AsyncReturn(returned)
        } else if impl_trait_bounds(signature).is_some()
            && (!needs_result || unwrappable_async_return(signature).is_some() || returns_closure(signature))
        {
            // This is never a `Result`, and the compiler may infer the type from the signature.
            Self::InPlace
        } else {
            Self::Closure
        }
    }
}
