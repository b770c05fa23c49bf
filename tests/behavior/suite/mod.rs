//! What `#[instrument]` and its companions do, whatever lane the spans are on. Each test says which
//! tree it expects; `crate::lane::tree` runs the work and gives the tree.

mod context;
mod fields;
mod manual;
mod origins;
mod outcomes;
mod shapes;
mod streams;
mod tasks;
mod unpublished;
mod wholes;
