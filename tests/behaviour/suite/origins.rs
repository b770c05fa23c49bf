//! What a span hangs on and is linked to, where the attribute says so.

use std::future::Future;

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

fn here() -> SpanContext {
    Context::current().span().span_context().clone()
}

#[instrument]
fn first() -> Context {
    Context::current()
}

#[instrument(parent = of)]
fn child(of: &Context) -> SpanContext {
    leaf();
    here()
}

#[instrument(parent = of)]
async fn child_async(of: Option<SpanContext>) {
    tokio::task::yield_now().await;
    leaf();
}

#[instrument]
fn leaf() {}

#[test]
fn a_span_hangs_on_what_it_is_told_to() {
    let text = tree(|| {
        let context = first();
        let before = here();
        child(&context);
        block_on(child_async(Some(context.span().span_context().clone())));
        assert_eq!(here(), before);
    });
    assert_eq!(text, "test\n  first\n    child\n      leaf\n    child_async\n      leaf\n");
}

#[instrument(root)]
fn root() -> SpanContext {
    here()
}

#[instrument(root)]
async fn root_async() -> SpanContext {
    here()
}

#[test]
fn a_root_is_in_a_trace_of_its_own_and_keeps_the_baggage() {
    let text = tree(|| {
        let outside = here();
        let root = root();
        assert!(root.is_valid() && root.is_sampled());
        assert_ne!(root.trace_id(), outside.trace_id());
        assert_ne!(block_on(root_async()).trace_id(), root.trace_id());
        assert_eq!(here(), outside);

        #[instrument(root)]
        fn with_baggage() -> Option<String> {
            Context::current().baggage().get("tenant").map(ToString::to_string)
        }

        let _attached = Context::current().with_baggage([KeyValue::new("tenant", "a")]).attach();
        assert_eq!(with_baggage().as_deref(), Some("a"));
    });
    assert_eq!(text, "test\n");
}

fn not_sampled() -> SpanContext {
    SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::NOT_SAMPLED, true, TraceState::NONE)
}

/// What the function calls hangs on what it was told, recorded or not.
#[test]
fn a_parent_that_is_not_sampled_is_passed_on() {
    #[instrument(parent = of)]
    fn under(of: &SpanContext) -> SpanContext {
        leaf();
        here()
    }

    #[instrument(parent = of)]
    async fn under_async(of: SpanContext) -> SpanContext {
        tokio::task::yield_now().await;
        leaf();
        here()
    }

    let text = tree(|| {
        for inside in [under(&not_sampled()), block_on(under_async(not_sampled()))] {
            assert_eq!(inside.trace_id(), TraceId::from(7));
            assert!(!inside.is_sampled());
        }
    });
    assert_eq!(text, "test\n");
}

#[instrument(links = to)]
fn linked(to: &[SpanContext]) {}

#[instrument(follows_from = causes)]
async fn follows(causes: Vec<Context>) {}

#[test]
fn links_are_kept_in_order() {
    let text = tree(|| {
        let (one, two) = (first(), first());
        linked(&[one.span().span_context().clone(), not_sampled()]);
        block_on(follows(vec![two, Context::new()]));
    });
    assert_eq!(text, "test\n  first\n  first\n  linked → first → elsewhere\n  follows → first\n");
}

#[instrument(enter_on_poll, fields(n))]
async fn polls(n: u32) -> Result<(), String> {
    leaf();
    tokio::task::yield_now().await;
    leaf();
    Err(n.to_string())
}

#[test]
fn each_poll_has_a_span_of_its_own_and_the_last_one_the_outcome() {
    let text = tree(|| {
        assert!(block_on(polls(3)).is_err());
        let mut dropped = Box::pin(polls(4));
        block_on(async {
            let _ = std::future::poll_fn(|task| std::task::Poll::Ready(Future::poll(dropped.as_mut(), task)))
                .await;
        });
    });
    assert_eq!(
        text,
        "test\n  polls n=3\n    leaf\n  polls n=3 error.type=\"alloc::string::String\" ✗\n    leaf\n  polls n=4\n    \
         leaf\n"
    );
}
