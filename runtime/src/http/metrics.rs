//! [HTTP metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), through the API of the global meter provider.
//!
//! A request is measured by a value that goes with it, and is recorded when that is dropped: answered, failed, given up or
//! passed through by a panic.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use http::StatusCode;
use opentelemetry::metrics::{Histogram, Meter, UpDownCounter};
use opentelemetry::{InstrumentationScope, KeyValue, global};

use crate::engine::provider::global_provider::provider_generation;

/// The boundaries of the conventions, in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// How many of the first attributes a request is counted by while it is active.
const COUNTED_BY: usize = 2;

fn meter() -> Meter {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
    let scope = scope.with_version(env!("CARGO_PKG_VERSION")).with_schema_url(crate::SCHEMA_URL);
    global::meter_with_scope(scope.build())
}

/// What requests are measured by.
#[derive(Debug)]
struct Instruments {
    client: Histogram<f64>,
    server: Histogram<f64>,
    active: UpDownCounter<i64>,
    /// Of which provider.
    generation: u64,
}

impl Instruments {
    fn new(generation: u64) -> Arc<Self> {
        let meter = meter();
        let duration = |name: &'static str, about: &'static str| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_description(about);
            histogram.with_boundaries(SECONDS.into()).build()
        };
        let active = meter.i64_up_down_counter("http.server.active_requests").with_unit("{request}");
        Arc::new(Self {
            client: duration("http.client.request.duration", "Duration of HTTP client requests."),
            server: duration("http.server.request.duration", "Duration of HTTP server requests."),
            active: active.with_description("Number of active HTTP server requests.").build(),
            generation,
        })
    }

    /// Those of the provider that there is: they do not follow another one by themselves.
    fn current() -> Arc<Self> {
        static MADE: RwLock<Option<Arc<Instruments>>> = RwLock::new(None);

        let generation = provider_generation();
        let made = MADE.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(made) = made.filter(|made| made.generation == generation) {
            return made;
        }
        let new = Self::new(generation);
        *MADE.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&new));
        new
    }
}

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "nobody sends"))]
    Client,
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "nobody answers"))]
    Server,
}

/// A request that is being measured.
#[derive(Debug)]
pub(crate) struct Measured {
    began: Instant,
    instruments: Arc<Instruments>,
    side: Side,
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
        Self::new(Side::Client, attributes)
    }

    /// A request that is being answered: one more of those that are active.
    #[cfg(feature = "server")]
    pub(crate) fn received(method: &'static str, scheme: &str) -> Self {
        let by = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.scheme", scheme.to_owned()),
        ];
        let received = Self::new(Side::Server, by);
        received.instruments.active.add(1, &received.attributes);
        received
    }

    fn new(side: Side, attributes: Vec<KeyValue>) -> Self {
        let instruments = Instruments::current();
        Self { began: Instant::now(), instruments, side, attributes, has_panicked: AtomicBool::new(false) }
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
        if self.has_panicked.load(Ordering::Relaxed) {
            self.status(StatusCode::INTERNAL_SERVER_ERROR);
            self.failed("panic");
        }
        let took = self.began.elapsed().as_secs_f64();
        match self.side {
            Side::Client => self.instruments.client.record(took, &self.attributes),
            Side::Server => {
                self.instruments.active.add(-1, &self.attributes[..COUNTED_BY]);
                self.instruments.server.record(took, &self.attributes);
            }
        }
    }
}
