//! The same calls by Spanwise, by its peers, and by nobody: what `span`, `threads` and `instructions` measure.

#![allow(dead_code, reason = "only `span` measures them all")]

pub(crate) mod bare;
pub(crate) mod fastrace_peer;
pub(crate) mod polls;
pub(crate) mod sdk_peer;
pub(crate) mod spanwise_peer;
pub(crate) mod tracing_peer;

/// Calls, or polls, under one root.
pub(crate) const CALLS: u32 = 100;
