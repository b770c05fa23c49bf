//! What `#[instrument]` and its companions do, on each lane. `crate::lane::tree` runs the work and returns the tree of
//! its spans, which each test compares with the expected one.

mod context;
mod fields;
mod manual;
mod outcomes;
mod parents;
mod returned;
mod shapes;
mod streams;
mod tasks;
mod unpublished;
mod wholes;
