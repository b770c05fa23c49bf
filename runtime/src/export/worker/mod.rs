//! The exporter's thread.

mod command;
mod signals;
pub(crate) mod thread;
mod waiter;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(crate) mod worker;
