//! Batches that no collector has accepted yet, in memory and on disk.

#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(super) mod backlog;
pub(super) mod disk;
mod lost_spans;
mod suspects;
mod waiting_batch;

#[cfg(test)]
mod tests;
