//! What stands in for metrics where they are not built: nothing is measured.

use http::StatusCode;

/// A request that is not measured.
#[derive(Debug)]
pub(crate) struct Measured {}

#[expect(clippy::unused_self, reason = "as where it is measured")]
impl Measured {
    #[cfg(feature = "client")]
    pub(crate) const fn sent(_method: &'static str, _address: Option<&str>, _port: Option<u16>) -> Self {
        Self {}
    }

    #[cfg(feature = "server")]
    pub(crate) const fn received(_method: &'static str, _scheme: &str) -> Self {
        Self {}
    }

    pub(crate) fn add(&mut self, _key: &'static str, _value: impl Into<opentelemetry::Value>) {}

    pub(crate) fn status(&mut self, _status: StatusCode) {}

    pub(crate) fn failed(&mut self, _kind: impl Into<opentelemetry::Value>) {}

    #[cfg(feature = "server")]
    pub(crate) const fn may_panic(&self) {}

    #[cfg(feature = "server")]
    pub(crate) const fn has_returned(&self) {}
}
