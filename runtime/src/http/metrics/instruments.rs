//! The metrics, one row each, and the instruments that record them.

use std::sync::{Arc, RwLock};

use opentelemetry::metrics::{Histogram, Meter, UpDownCounter};
use opentelemetry::{InstrumentationScope, global};

use crate::engine::provider::global_provider::provider_generation;

/// A metric of the semantic conventions.
struct Metric<K> {
    name: &'static str,
    unit: &'static str,
    description: &'static str,
    kind: K,
}

struct HistogramKind {
    boundaries: &'static [f64],
}

struct UpDownCounterKind;

const CLIENT_DURATION: Metric<HistogramKind> = Metric {
    name: "http.client.request.duration",
    unit: "s",
    description: "Duration of HTTP client requests.",
    kind: HistogramKind { boundaries: &DURATION_BOUNDARIES },
};

const SERVER_DURATION: Metric<HistogramKind> = Metric {
    name: "http.server.request.duration",
    unit: "s",
    description: "Duration of HTTP server requests.",
    kind: HistogramKind { boundaries: &DURATION_BOUNDARIES },
};

const SERVER_ACTIVE: Metric<UpDownCounterKind> = Metric {
    name: "http.server.active_requests",
    unit: "{request}",
    description: "Number of active HTTP server requests.",
    kind: UpDownCounterKind,
};

/// The boundaries that the conventions advise, in seconds.
const DURATION_BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

impl Metric<HistogramKind> {
    fn build(&self, meter: &Meter) -> Histogram<f64> {
        let histogram =
            meter.f64_histogram(self.name).with_unit(self.unit).with_description(self.description);
        histogram.with_boundaries(self.kind.boundaries.into()).build()
    }
}

impl Metric<UpDownCounterKind> {
    fn build(&self, meter: &Meter) -> UpDownCounter<i64> {
        let Self { name, unit, description, kind: UpDownCounterKind } = self;
        meter.i64_up_down_counter(*name).with_unit(*unit).with_description(*description).build()
    }
}

fn meter() -> Meter {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
    let scope = scope.with_version(env!("CARGO_PKG_VERSION")).with_schema_url(crate::SCHEMA_URL);
    global::meter_with_scope(scope.build())
}

/// The instruments of one meter provider.
#[derive(Debug)]
pub(super) struct Instruments {
    pub(super) client_duration: Histogram<f64>,
    pub(super) server_duration: Histogram<f64>,
    pub(super) server_active: UpDownCounter<i64>,
    /// The generation of the provider that they belong to.
    generation: u64,
}

impl Instruments {
    fn new(generation: u64) -> Arc<Self> {
        let meter = meter();
        Arc::new(Self {
            client_duration: CLIENT_DURATION.build(&meter),
            server_duration: SERVER_DURATION.build(&meter),
            server_active: SERVER_ACTIVE.build(&meter),
            generation,
        })
    }

    /// Returns the instruments of the current global provider. Instruments do not follow a change of provider by themselves.
    pub(super) fn current() -> Arc<Self> {
        static CACHE: RwLock<Option<Arc<Instruments>>> = RwLock::new(None);

        let generation = provider_generation();
        // Nobody waits: a fork may have copied a lock that is never released.
        let cached = CACHE.try_read().ok().and_then(|cached| cached.clone());
        if let Some(cached) = cached.filter(|cached| cached.generation == generation) {
            return cached;
        }
        let new = Self::new(generation);
        if let Ok(mut cached) = CACHE.try_write() {
            *cached = Some(Arc::clone(&new));
        }
        new
    }
}
