//! The `#[instrument]` attribute of [`spanwise`](https://docs.rs/spanwise).
//!
//! Depend on `spanwise`, not on this crate: the expansion calls `spanwise`'s runtime, and both change
//! together.
//!
//! # How a use of the attribute is expanded
//!
//! Data flows one way, and each stage uses only those before it:
//!
//! 1. **Parse.** `args` reads the arguments, each by itself. `function` reads the function's header and
//!    leaves its body as tokens. `syntax` has the pieces of syntax that both need.
//! 2. **Model.** `model` lets the function inherit arguments from the `impl` block, trait or module
//!    around it, and resolves what is recorded.
//! 3. **Validate.** `validate` refuses functions and arguments that cannot work.
//! 4. **Expand.** `expand` writes a static callsite and one or two calls to the runtime.
//!
//! `instrument` runs the stages, and `errors` collects what they report. On an `impl` block, a trait or a
//! module, `container` only puts the attribute on each function in it.
//!
//! To add an argument, write its file in `args/` and give it a line in the list of `args/mod.rs`.
//!
//! With the feature `record` off, the attribute returns the item as it is; only `strip` is built, which
//! removes `#[field]` from parameters.

#[cfg(all(test, feature = "record"))]
mod arbitrary_tests;
#[cfg(feature = "record")]
mod args;
#[cfg(feature = "record")]
mod container;
#[cfg(feature = "record")]
mod errors;
#[cfg(feature = "record")]
mod expand;
#[cfg(feature = "record")]
mod function;
#[cfg(feature = "record")]
mod instrument;
#[cfg(feature = "record")]
mod model;
mod strip;
#[cfg(feature = "record")]
mod syntax;
#[cfg(feature = "record")]
mod validate;

use proc_macro::TokenStream;

/// Records a span around a function, or around each function of an `impl` block, a trait or a module.
///
/// `spanwise::instrument` is where the attribute is used from. Its documentation has all arguments and
/// shows the expansion.
#[proc_macro_attribute]
pub fn instrument(args: TokenStream, item: TokenStream) -> TokenStream {
    #[cfg(feature = "record")]
    return instrument::instrument(args.into(), item.into()).into();
    #[cfg(not(feature = "record"))]
    {
        drop(args);
        strip::strip(item)
    }
}
