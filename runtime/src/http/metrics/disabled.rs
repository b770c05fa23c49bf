//! Stands in for the measurements without the feature `metrics`: it does nothing.

use http::StatusCode;

use crate::api::Value;

#[derive(Debug)]
pub(crate) struct Measurement {}

#[expect(clippy::unused_self, reason = "the signatures are those of the twin")]
impl Measurement {
    #[cfg(feature = "client")]
    pub(crate) const fn sent(_method: &'static str, _address: Option<&str>, _port: Option<u16>) -> Self {
        Self {}
    }

    #[cfg(feature = "server")]
    pub(crate) const fn received(_method: &'static str, _scheme: &str) -> Self {
        Self {}
    }

    pub(crate) fn add(&mut self, _key: &'static str, _value: impl Into<Value>) {}

    pub(crate) fn status(&mut self, _status: StatusCode) {}

    pub(crate) fn failed(&mut self, _kind: impl Into<Value>) {}

    #[cfg(feature = "server")]
    pub(crate) const fn may_panic(&self) {}

    #[cfg(feature = "server")]
    pub(crate) const fn has_returned(&self) {}
}
