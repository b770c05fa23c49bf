//! The measurement of one request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use http::StatusCode;
use opentelemetry::KeyValue;

use super::instruments::Instruments;

/// How many of the first attributes `http.server.active_requests` has.
const ACTIVE_ATTRIBUTES: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client sends requests"))]
    Client,
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only the server receives requests"))]
    Server,
}

/// A request that is being measured. It is recorded when this is dropped: after the response, a failure or a panic, or when the
/// request is canceled.
#[derive(Debug)]
pub(crate) struct Measurement {
    start: Instant,
    instruments: Arc<Instruments>,
    side: Side,
    attributes: Vec<KeyValue>,
    has_panicked: AtomicBool,
}

impl Measurement {
    /// Starts the measurement of a request that is sent.
    #[cfg(feature = "client")]
    pub(crate) fn sent(method: &'static str, address: Option<&str>, port: Option<u16>) -> Self {
        let mut attributes = vec![KeyValue::new("http.request.method", method)];
        // Without the brackets of an IPv6 address, as on the span.
        let address = address.map(|address| address.trim_matches(['[', ']']).to_owned());
        attributes.extend(address.map(|address| KeyValue::new("server.address", address)));
        attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
        Self::new(Side::Client, attributes)
    }

    /// Starts the measurement of a request that was received, and counts it among the active ones.
    #[cfg(feature = "server")]
    pub(crate) fn received(method: &'static str, scheme: &str) -> Self {
        let attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.scheme", scheme.to_owned()),
        ];
        let received = Self::new(Side::Server, attributes);
        received.instruments.server_active.add(1, &received.attributes);
        received
    }

    fn new(side: Side, attributes: Vec<KeyValue>) -> Self {
        let instruments = Instruments::current();
        Self { start: Instant::now(), instruments, side, attributes, has_panicked: AtomicBool::new(false) }
    }

    /// Adds an attribute of low cardinality.
    pub(crate) fn add(&mut self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.attributes.push(KeyValue::new(key, value));
    }

    /// Adds `http.response.status_code`, if it is not there yet.
    pub(crate) fn status(&mut self, status: StatusCode) {
        if !self.has("http.response.status_code") {
            self.add("http.response.status_code", i64::from(status.as_u16()));
        }
    }

    fn has(&self, key: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.key.as_str() == key)
    }

    /// Adds `error.type`, if it is not there yet.
    pub(crate) fn failed(&mut self, kind: impl Into<opentelemetry::Value>) {
        if !self.has("error.type") {
            self.add("error.type", kind);
        }
    }

    /// Code of the application starts to run: if this is dropped before [`Self::has_returned`], it has panicked.
    #[cfg(feature = "server")]
    pub(crate) fn may_panic(&self) {
        self.has_panicked.store(true, Ordering::Relaxed);
    }

    #[cfg(feature = "server")]
    pub(crate) fn has_returned(&self) {
        self.has_panicked.store(false, Ordering::Relaxed);
    }
}

impl Drop for Measurement {
    fn drop(&mut self) {
        if self.has_panicked.load(Ordering::Relaxed) {
            self.status(StatusCode::INTERNAL_SERVER_ERROR);
            self.failed("panic");
        }
        let seconds = self.start.elapsed().as_secs_f64();
        match self.side {
            Side::Client => self.instruments.client_duration.record(seconds, &self.attributes),
            Side::Server => {
                self.instruments.server_active.add(-1, &self.attributes[..ACTIVE_ATTRIBUTES]);
                self.instruments.server_duration.record(seconds, &self.attributes);
            }
        }
    }
}
