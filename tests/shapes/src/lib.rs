//! Functions of every shape that people write, a line each. `#[traced]` is `#[instrument]`, or with the feature `plain` nothing.
//!
//! The test is that this compiles both ways, in three editions. To add a shape, add a line; rustfmt leaves them alone.

#![deny(warnings)]
#![allow(unused, clippy::all, deprecated, dropping_copy_types)]
#![allow(async_fn_in_trait, mismatched_lifetime_syntaxes, while_true)]

#[cfg(not(feature = "plain"))]
use spanwise::instrument as traced;
#[cfg(feature = "plain")]
use spanwise_shapes_plain::traced;

#[rustfmt::skip]
mod diverging;
#[rustfmt::skip]
mod generics;
#[rustfmt::skip]
mod methods;
#[rustfmt::skip]
mod parameters;
#[rustfmt::skip]
mod patterns;
#[rustfmt::skip]
mod returned_futures;
#[rustfmt::skip]
mod returns;
#[rustfmt::skip]
mod stacked;
mod support;
#[rustfmt::skip]
mod synchronous;
#[rustfmt::skip]
mod values;
