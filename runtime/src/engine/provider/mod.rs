//! Which provider records a span, and the bridges between our recorder and OpenTelemetry's API and SDK.

pub(crate) mod global_provider;
pub(crate) mod handle;
pub(crate) mod route;
pub(crate) mod sdk_forwarder;
pub(crate) mod sdk_sampler;
pub(crate) mod tracer_provider;
