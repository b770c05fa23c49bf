//! Log lines with trace ids, the bridge from `tracing`, events, panics.

mod bridge;
mod formats;
mod hostile;
mod lines;
mod logfmt;
mod one_request;
mod panics;
mod record;
mod reentrant;
mod span_events;
mod trace_ids;
