//! The `#[instrument]` attribute of [`spanwise`](https://docs.rs/spanwise).
//!
//! Depend on `spanwise`, not on this crate: what the attribute expands to calls into `spanwise`'s
//! runtime and changes together with it.
//!
//! The attribute is built as parse → model → expand: `args` reads what stands in the parentheses,
//! `function`, `pattern` and `returns` read the function's header and leave its body alone, `model`
//! joins the two and refuses what cannot be, `expand` writes the tokens. On an `impl` block, a trait
//! or a module, `container` hands the attribute on to the functions in it.

#[cfg(all(test, feature = "record"))]
mod arbitrary_tests;
#[cfg(feature = "record")]
mod args;
#[cfg(feature = "record")]
mod container;
#[cfg(feature = "record")]
mod expand;
#[cfg(feature = "record")]
mod function;
#[cfg(feature = "record")]
mod instrument;
#[cfg(feature = "record")]
mod model;
#[cfg(feature = "record")]
mod parameters;
#[cfg(feature = "record")]
mod pattern;
#[cfg(feature = "record")]
mod returns;
mod strip;

#[cfg(not(feature = "record"))]
mod disabled;

#[cfg(not(feature = "record"))]
use proc_macro as tokens;
#[cfg(feature = "record")]
use proc_macro2 as tokens;

use proc_macro::TokenStream;

/// Records a span around a function, or around each function of an `impl` block, a trait or a module.
///
/// The documentation, with every argument and what the expansion looks like, stands at
/// `spanwise::instrument`, where the attribute is used from.
#[proc_macro_attribute]
pub fn instrument(args: TokenStream, item: TokenStream) -> TokenStream {
    #[cfg(feature = "record")]
    return instrument::instrument(args.into(), item.into()).into();
    #[cfg(not(feature = "record"))]
    return disabled::instrument(args, item);
}
