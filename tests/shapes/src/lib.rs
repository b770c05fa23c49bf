//! Functions of every shape that people write, a line each. `#[traced]` is `#[instrument]`, or with the feature `plain` nothing.
//!
//! The test is that this compiles both ways, in three editions. To add a shape, add a line.

#![deny(warnings)]
#![allow(unused, clippy::all, deprecated, dropping_copy_types)]
#![allow(async_fn_in_trait, mismatched_lifetime_syntaxes, while_true)]

#[cfg(not(feature = "plain"))]
use spanwise::instrument as traced;
#[cfg(feature = "plain")]
use spanwise_shapes_plain::traced;

mod diverging;
mod generics;
mod methods;
mod parameters;
mod patterns;
mod returned_futures;
mod returns;
mod stacked;
mod support;
mod synchronous;
mod values;
