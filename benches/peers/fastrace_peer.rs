//! fastrace.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::future::FutureExt as _;
use fastrace::prelude::{LocalSpan, Span, SpanContext, SpanId, TraceId};

use super::CALLS;
use super::polls::{PendingFor, drive};

#[inline(never)]
#[fastrace::trace(short_name = true)]
fn work(n: u64) -> u64 {
    black_box(n) + 1
}

#[inline(never)]
#[fastrace::trace(short_name = true)]
fn work_with(n: u64) -> u64 {
    LocalSpan::add_property(|| ("n", n.to_string()));
    black_box(n) + 1
}

#[fastrace::trace(short_name = true)]
async fn polled() {
    PendingFor(CALLS).await;
}

/// Counts spans and discards them.
struct CountingReporter;

static REPORTED: AtomicU64 = AtomicU64::new(0);

impl Reporter for CountingReporter {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        REPORTED.fetch_add(spans.len() as u64, Ordering::Relaxed);
    }
}

pub(crate) fn reported() -> u64 {
    REPORTED.load(Ordering::Relaxed)
}

pub(crate) fn set_up() {
    fastrace::set_reporter(CountingReporter, Config::default());
}

fn calls() {
    for n in 0..u64::from(CALLS) {
        black_box(work(n));
    }
}

/// Calls without a root span: fastrace records nothing.
pub(crate) fn off() {
    calls();
}

pub(crate) fn sampled() {
    let root = Span::root("root", SpanContext::random());
    let _root = root.set_local_parent();
    calls();
}

pub(crate) fn polls() {
    let root = Span::root("root", SpanContext::random());
    drive(polled().in_span(root));
}

pub(crate) fn one_argument() {
    let root = Span::root("root", SpanContext::random());
    let _root = root.set_local_parent();
    for n in 0..u64::from(CALLS) {
        black_box(work_with(n));
    }
}

pub(crate) fn not_sampled() {
    let root = Span::root("root", SpanContext::new(TraceId::random(), SpanId::default()).sampled(false));
    let _root = root.set_local_parent();
    calls();
}
