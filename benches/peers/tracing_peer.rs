//! tracing, without a subscriber, with tracing-opentelemetry over the SDK, and with Spanwise's bridge.

use std::hint::black_box;

use opentelemetry::trace::TracerProvider as _;
use tracing::{Dispatch, dispatcher, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::polls::{Pending, drive};
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
    Pending(CALLS).await;
}

fn calls() {
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}

/// No subscriber at all.
pub(crate) struct Nothing;

impl Nothing {
    pub(crate) fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as its sibling")]
    pub(crate) fn sampled(&self) {
        calls();
    }
}

/// tracing-opentelemetry.
pub(crate) struct WithOpenTelemetry(Dispatch);

impl WithOpenTelemetry {
    pub(crate) fn new(sdk: &Sdk) -> Self {
        let tracer = sdk.provider().tracer("bench");
        Self(Dispatch::new(
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)),
        ))
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

    pub(crate) fn not_sampled(&self) {
        dispatcher::with_default(&self.0, || {
            let root = tracing::info_span!("root");
            root.set_parent(spanwise_peer::unsampled()).expect("the layer is there");
            let _root = root.entered();
            calls();
        });
    }
}

/// Spanwise's bridge, by which the same spans go where Spanwise's own go.
pub(crate) struct Bridged(Dispatch);

impl Bridged {
    pub(crate) fn new() -> Self {
        Self(Dispatch::new(tracing_subscriber::registry().with(spanwise::logs::Bridge::new())))
    }

    pub(crate) fn sampled(&self) {
        dispatcher::with_default(&self.0, || {
            let _root = tracing::info_span!("root").entered();
            calls();
        });
    }

    pub(crate) fn one_argument(&self) {
        dispatcher::with_default(&self.0, || {
            let _root = tracing::info_span!("root").entered();
            for n in 0..u64::from(CALLS) {
                black_box(work_with(n));
            }
        });
    }
}

/// No more than the subscriber itself: its registry, without a layer.
pub(crate) struct RegistryAlone(Dispatch);

impl RegistryAlone {
    pub(crate) fn new() -> Self {
        Self(Dispatch::new(tracing_subscriber::registry()))
    }

    pub(crate) fn sampled(&self) {
        dispatcher::with_default(&self.0, || {
            let _root = tracing::info_span!("root").entered();
            calls();
        });
    }
}
