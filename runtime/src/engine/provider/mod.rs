//! Which lane a span takes, and the two bridges between the lanes and OpenTelemetry's SDK.

pub(crate) mod global_provider;
pub(crate) mod handle;
pub(crate) mod route;
pub(crate) mod sdk_forwarder;
pub(crate) mod tracer_provider;
