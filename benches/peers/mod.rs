//! The same calls with Spanwise, with each of its peers, and without instrumentation. `span`, `threads` and `instructions`
//! measure them.

#![allow(dead_code, reason = "only `span` uses all of them")]

pub(crate) mod bare;
pub(crate) mod fastrace_peer;
pub(crate) mod polls;
pub(crate) mod sdk_peer;
pub(crate) mod spanwise_peer;
pub(crate) mod tracing_peer;

/// The calls, or polls, under one root span.
pub(crate) const CALLS: u32 = 100;
