//! tracing: its spans go through tracing-opentelemetry to the SDK.

use std::hint::black_box;

use opentelemetry::trace::TracerProvider as _;
use spanwise_benches::pace::CHILDREN;
use tracing::instrument;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::{cost, otlp};

#[inline(never)]
#[instrument(skip_all, fields(n = n, kind.name = "value"))]
fn work(n: i64) -> i64 {
    black_box(n) + 1
}

fn trace() {
    let _root = tracing::info_span!("root").entered();
    for n in 0..i64::from(CHILDREN) {
        black_box(work(n));
    }
}

pub(crate) fn run(endpoint: &str) {
    let runtime = otlp::runtime();
    let provider = otlp::provider(&runtime, endpoint);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    // Programs usually set this level. Without it, the spans of h2, which sends the batches, are recorded, too.
    let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("this process sets one subscriber");
    cost::print(trace, || provider.shutdown().expect("the sink accepts everything"));
}
