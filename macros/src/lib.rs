//! The `#[instrument]` attribute of [`spanwise`](https://docs.rs/spanwise).
//!
//! Depend on `spanwise`, not on this crate: what the attribute expands to calls into `spanwise`'s
//! runtime and changes together with it.
//!
//! The attribute is built as parse → model → expand, one file each: [`args`](self) reads what stands
//! in the parentheses, `function` reads the function's header and leaves its body alone, `model`
//! joins the two and refuses what cannot be, `expand` writes the tokens.

#[cfg(feature = "record")]
mod args;
#[cfg(feature = "record")]
mod expand;
#[cfg(feature = "record")]
mod function;
#[cfg(feature = "record")]
mod model;

#[cfg(not(feature = "record"))]
mod disabled;

use proc_macro::TokenStream;

/// Records a span around a function.
///
/// The documentation, with every argument and what the expansion looks like, stands at
/// `spanwise::instrument`, where the attribute is used from.
#[proc_macro_attribute]
pub fn instrument(args: TokenStream, item: TokenStream) -> TokenStream {
    #[cfg(feature = "record")]
    return model::instrument(args.into(), item.into()).into();
    #[cfg(not(feature = "record"))]
    return disabled::instrument(args, item);
}
