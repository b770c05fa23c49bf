//! Where spans are exported to: one file per exporter.

pub(crate) mod collector;
pub(crate) mod console;
pub(crate) mod custom;
#[expect(clippy::module_inception, reason = "the folder is named after its trait")]
pub(crate) mod destination;
pub(crate) mod destinations;
mod discard;
pub(crate) mod json_lines;
