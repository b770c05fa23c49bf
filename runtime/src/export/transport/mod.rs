//! Sends requests to a collector, and classifies its responses.

pub(super) mod advice;
pub(super) mod compression;
mod connection_error;
mod grpc;
#[cfg(feature = "otlp-http")]
mod http;
pub(super) mod response;
pub(super) mod settings;
pub(super) mod tls;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(super) mod transport;
