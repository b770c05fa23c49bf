//! Ended spans as OTLP requests.

pub(super) mod batch;
pub(super) mod encoder;

#[cfg(all(test, feature = "testing"))]
mod tests;
