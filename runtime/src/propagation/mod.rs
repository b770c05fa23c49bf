//! Propagation: the trace and the baggage in the headers of requests and messages.
//!
//! Each format has a file, which exports its [`PropagationFormat`](format::PropagationFormat); the table of formats is in `propagator.rs`.
//! [`init`](crate::init) makes those that `OTEL_PROPAGATORS` lists the global propagator.

mod b3;
mod baggage;
mod composite;
mod conflicting_headers;
mod extract;
mod format;
mod formats;
mod header;
mod inject;
mod jaeger;
#[cfg(test)]
mod tests;
mod trace_context;
mod trace_state;

pub(crate) use composite::Propagators;
#[cfg(feature = "otlp")]
pub(crate) use composite::set_none_wanted;
pub(crate) use composite::with_propagator;
pub(crate) use extract::CarrierExtractor;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use extract::HeaderExtractor;
pub(crate) use inject::CarrierInjection;
#[cfg(feature = "client")]
pub(crate) use inject::inject;

pub(crate) use crate::propagator::Propagator;
