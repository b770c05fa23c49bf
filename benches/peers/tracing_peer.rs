//! tracing: without a subscriber, with tracing-opentelemetry and the SDK, and with Spanwise's bridge.

use std::hint::black_box;

use opentelemetry::trace::TracerProvider as _;
use tracing::{Dispatch, dispatcher, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::polls::{PendingFor, drive};
use super::sdk_peer::Sdk;
use super::{CALLS, spanwise_peer};

#[inline(never)]
#[instrument(skip_all)]
fn work(n: u64) -> u64 {
    black_box(n) + 1
}

#[inline(never)]
#[instrument]
fn work_with(n: u64) -> u64 {
    black_box(n) + 1
}

#[instrument]
async fn polled() {
    PendingFor(CALLS).await;
}

fn calls() {
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}

/// Calls without a subscriber: `tracing` records nothing.
pub(crate) fn off() {
    calls();
}

/// The calls, with a subscriber that is set while they run.
pub(crate) struct Subscribed(Dispatch);

impl Subscribed {
    /// To tracing-opentelemetry, which sends the spans to the SDK.
    pub(crate) fn to_opentelemetry(sdk: &Sdk) -> Self {
        let tracer = sdk.provider().tracer("bench");
        Self(Dispatch::new(
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)),
        ))
    }

    /// To Spanwise's bridge, which sends the spans where Spanwise's own spans go.
    pub(crate) fn to_bridge() -> Self {
        Self(Dispatch::new(tracing_subscriber::registry().with(spanwise::logs::Bridge::new())))
    }

    /// To tracing-subscriber's registry without a layer: the cost of the subscriber alone.
    pub(crate) fn to_registry() -> Self {
        Self(Dispatch::new(tracing_subscriber::registry()))
    }

    pub(crate) fn sampled(&self) {
        dispatcher::with_default(&self.0, || {
            let _root = tracing::info_span!("root").entered();
            calls();
        });
    }

    pub(crate) fn polls(&self) {
        dispatcher::with_default(&self.0, || drive(polled()));
    }

    pub(crate) fn one_argument(&self) {
        dispatcher::with_default(&self.0, || {
            let _root = tracing::info_span!("root").entered();
            for n in 0..u64::from(CALLS) {
                black_box(work_with(n));
            }
        });
    }

    /// Calls under a parent that is not sampled. Needs [`Subscribed::to_opentelemetry`].
    pub(crate) fn not_sampled(&self) {
        dispatcher::with_default(&self.0, || {
            let root = tracing::info_span!("root");
            root.set_parent(spanwise_peer::unsampled()).expect("tracing-opentelemetry is the layer");
            let _root = root.entered();
            calls();
        });
    }
}
