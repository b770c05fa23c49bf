//! [HTTP metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), through the API of the global meter provider.
//!
//! A request is measured by a value that goes with it, and is recorded when that is dropped: answered, failed, given up or
//! passed through by a panic.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use http::StatusCode;
use opentelemetry::metrics::{Histogram, Meter, UpDownCounter};
use opentelemetry::{InstrumentationScope, KeyValue, global};

/// The boundaries of the conventions, in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

fn meter() -> Meter {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
    let scope = scope.with_version(env!("CARGO_PKG_VERSION")).with_schema_url(crate::SCHEMA_URL);
    global::meter_with_scope(scope.build())
}

fn duration(name: &'static str, about: &'static str) -> Histogram<f64> {
    let meter = meter();
    let histogram = meter.f64_histogram(name).with_unit("s").with_description(about);
    histogram.with_boundaries(SECONDS.into()).build()
}

#[cfg(feature = "client")]
static CLIENT: LazyLock<Histogram<f64>> =
    LazyLock::new(|| duration("http.client.request.duration", "Duration of HTTP client requests."));
#[cfg(feature = "server")]
static SERVER: LazyLock<Histogram<f64>> =
    LazyLock::new(|| duration("http.server.request.duration", "Duration of HTTP server requests."));
static ACTIVE: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    let meter = meter();
    let counter = meter.i64_up_down_counter("http.server.active_requests").with_unit("{request}");
    counter.with_description("Number of active HTTP server requests.").build()
});

/// A request that is being measured.
#[derive(Debug)]
pub(crate) struct Measured {
    began: Instant,
    duration: &'static Histogram<f64>,
    /// How many of the attributes are those that a request is counted by while it is active.
    active_by: usize,
    attributes: Vec<KeyValue>,
    has_panicked: AtomicBool,
}

impl Measured {
    /// A request that is sent.
    #[cfg(feature = "client")]
    pub(crate) fn sent(method: &'static str, address: Option<&str>, port: Option<u16>) -> Self {
        let mut attributes = vec![KeyValue::new("http.request.method", method)];
        // As the span has it.
        let address = address.map(|address| address.trim_matches(['[', ']']).to_owned());
        attributes.extend(address.map(|address| KeyValue::new("server.address", address)));
        attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
        Self::new(&CLIENT, attributes)
    }

    /// A request that is being answered: one more of those that are active.
    #[cfg(feature = "server")]
    pub(crate) fn received(method: &'static str, scheme: &str) -> Self {
        let by = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.scheme", scheme.to_owned()),
        ];
        ACTIVE.add(1, &by);
        let mut received = Self::new(&SERVER, by);
        received.active_by = received.attributes.len();
        received
    }

    fn new(duration: &'static Histogram<f64>, attributes: Vec<KeyValue>) -> Self {
        Self {
            began: Instant::now(),
            duration,
            active_by: 0,
            attributes,
            has_panicked: AtomicBool::new(false),
        }
    }

    /// Adds one that is known, and has one of few values.
    pub(crate) fn add(&mut self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.attributes.push(KeyValue::new(key, value));
    }

    /// The status of the answer, once.
    pub(crate) fn status(&mut self, status: StatusCode) {
        if !self.has("http.response.status_code") {
            self.add("http.response.status_code", i64::from(status.as_u16()));
        }
    }

    fn has(&self, key: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.key.as_str() == key)
    }

    /// `error.type`, once.
    pub(crate) fn failed(&mut self, kind: impl Into<opentelemetry::Value>) {
        if !self.has("error.type") {
            self.add("error.type", kind);
        }
    }

    /// The handler is being left by a panic, unless [`Self::has_returned`].
    #[cfg(feature = "server")]
    pub(crate) fn may_panic(&self) {
        self.has_panicked.store(true, Ordering::Relaxed);
    }

    #[cfg(feature = "server")]
    pub(crate) fn has_returned(&self) {
        self.has_panicked.store(false, Ordering::Relaxed);
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        if self.active_by > 0 {
            ACTIVE.add(-1, &self.attributes[..self.active_by]);
        }
        if self.has_panicked.load(Ordering::Relaxed) {
            self.status(StatusCode::INTERNAL_SERVER_ERROR);
            self.failed("panic");
        }
        self.duration.record(self.began.elapsed().as_secs_f64(), &self.attributes);
    }
}
