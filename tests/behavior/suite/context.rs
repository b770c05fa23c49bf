//! The span is OpenTelemetry's current span while the body runs.

use std::future::Future;

use opentelemetry::trace::{SpanId, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

fn current() -> SpanId {
    Context::current().span().span_context().span_id()
}

#[instrument]
fn is_current() -> SpanId {
    Context::current().span().set_attribute(KeyValue::new("through.the.api", true));
    current()
}

#[test]
fn the_span_is_current_in_the_body_and_not_after() {
    let text = tree(|| {
        let before = current();
        let inside = is_current();
        assert_ne!(before, inside);
        assert_eq!(current(), before);
    });
    assert_eq!(text, "test\n  is_current through.the.api=true\n");
}

#[instrument]
async fn is_current_on_every_poll() -> Vec<SpanId> {
    let mut seen = vec![current()];
    for _ in 0..3 {
        tokio::task::yield_now().await;
        seen.push(current());
    }
    seen
}

#[test]
fn the_span_is_current_on_every_poll_and_not_between() {
    let text = tree(|| {
        block_on(async {
            let outside = current();
            let mut future = Box::pin(is_current_on_every_poll());
            let seen = std::future::poll_fn(|task| {
                let polled = Future::poll(future.as_mut(), task);
                assert_eq!(current(), outside);
                polled
            })
            .await;
            assert_eq!(seen.len(), 4);
            assert!(seen.iter().all(|span| *span == seen[0] && *span != outside));
        });
    });
    assert_eq!(text, "test\n  is_current_on_every_poll\n");
}

#[test]
fn futures_that_take_turns_on_one_thread_keep_their_own_spans() {
    #[instrument(fields(n))]
    async fn turn(n: u32) {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            leaf(n);
        }
    }

    #[instrument(fields(n))]
    fn leaf(n: u32) {
        let _ = n;
    }

    let text = tree(|| {
        block_on(async {
            tokio::join!(turn(1), turn(2));
        });
    });
    let branch = |n| format!("  turn n={n}\n    leaf n={n}\n    leaf n={n}\n    leaf n={n}\n");
    assert_eq!(text, format!("test\n{}{}", branch(1), branch(2)));
}

/// Under a capture, a span made through the plain API goes to the global provider; on the other lanes it is in the
/// same trace. On each lane its parent is the function that made it.
#[test]
fn spans_of_the_plain_api_are_children_of_the_annotated_function() {
    #[instrument]
    fn mixes() {
        let inside = current();
        let tracer = opentelemetry::global::tracer("plain");
        tracer.in_span("plain", |context| {
            let plain = context.span().span_context().clone();
            assert!(plain.is_valid());
            is_current();
            drop(plain);
        });
        assert_eq!(current(), inside);
    }

    let text = tree(mixes);
    assert!(text.starts_with("test\n  mixes\n"), "{text}");
    assert!(text.contains("is_current through.the.api=true"), "{text}");
}

#[test]
fn suppressed_telemetry_records_nothing() {
    let text = tree(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        is_current();
    });
    assert_eq!(text, "test through.the.api=true\n");
}

/// A future that completes within another one's first poll leaves the outer span current.
#[test]
fn the_span_stays_current_after_an_awaited_future_that_never_waits() {
    #[instrument]
    async fn at_once() {}

    #[instrument]
    fn after() {}

    #[instrument]
    async fn outer() {
        at_once().await;
        drop(at_once());
        after();
    }

    assert_eq!(tree(|| block_on(outer())), "test\n  outer\n    at_once\n    after\n");
}
