//! What is recorded of a span: known at compile time, before it starts, and while it runs.

mod attributes;
pub(crate) mod callsite;
pub(crate) mod limits;
pub(crate) mod new_span;
pub(crate) mod running_span;
pub(crate) mod scope;
