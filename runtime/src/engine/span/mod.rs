//! What is recorded of a span: known at compile time, before it starts, and while it runs.

mod attributes;
pub(crate) mod callsite;
mod leaked_cell;
pub(crate) mod limits;
pub(crate) mod new_span;
pub(crate) mod running_span;
pub(crate) mod scope;
