//! Spanwise: spans come from `#[instrument]`.

use std::hint::black_box;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use spanwise::instrument;
use spanwise_benches::QUEUE_SIZE;

use super::CALLS;
use super::polls::{PendingFor, drive};

#[inline(never)]
#[instrument]
fn work(n: u64) -> u64 {
    black_box(n) + 1
}

#[inline(never)]
#[instrument(args)]
fn work_with(n: u64) -> u64 {
    black_box(n) + 1
}

#[inline(never)]
#[instrument(unpublished)]
fn work_unpublished(n: u64) -> u64 {
    black_box(n) + 1
}

#[instrument]
async fn polled() {
    PendingFor(CALLS).await;
}

pub(crate) fn set_up() -> spanwise::Guard {
    let variables = |name: &str| match name {
        "OTEL_TRACES_EXPORTER" => Some("none".to_owned()),
        // The SDK's batch processor has the same size.
        "OTEL_BSP_MAX_QUEUE_SIZE" => Some(QUEUE_SIZE.to_string()),
        _ => None,
    };
    spanwise::builder().environment(variables).init().expect("this process starts Spanwise once")
}

pub(crate) fn off() {
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}

pub(crate) fn sampled() {
    let _root = spanwise::span!("root");
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}

pub(crate) fn unpublished() {
    let _root = spanwise::span!("root");
    for n in 0..u64::from(CALLS) {
        black_box(work_unpublished(n));
    }
}

pub(crate) fn polls() {
    drive(polled());
}

pub(crate) fn one_argument() {
    let _root = spanwise::span!("root");
    for n in 0..u64::from(CALLS) {
        black_box(work_with(n));
    }
}

/// Returns the context of a caller whose trace is not sampled.
pub(crate) fn unsampled() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(7),
        SpanId::from(8),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    ))
}

pub(crate) fn not_sampled() {
    let _parent = unsampled().attach();
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}
