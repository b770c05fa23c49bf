//! What the HTTP client and the HTTP server have in common: the semantic conventions of
//! [HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/) and
//! [RPC](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/), and the options of both.
//!
//! [The table of attributes](crate::docs::conventions) says what is recorded, and when.

mod attributes;
pub(crate) mod grpc;
mod headers;
mod method;
mod metrics;
mod options;
mod redact;
mod request_span;
#[cfg(test)]
mod tests;

pub(crate) use attributes::{
    bounded, content_length, failed_with, header_text, protocol_version, record_status, size,
};
#[cfg(feature = "client")]
pub(crate) use attributes::{bounded_url, is_failure};
pub(crate) use method::RequestMethod;
#[cfg(feature = "otlp")]
pub(crate) use method::set_known as set_known_methods;
pub(crate) use metrics::Measurement;
pub(crate) use options::{
    HasRequestOptions, RequestFn, RequestHook, RequestOptions, SharedOptions, request_option_methods,
};
pub use request_span::RequestSpan;
