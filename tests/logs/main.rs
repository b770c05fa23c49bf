//! Logs and traces.

mod lines;
mod trace_ids;
