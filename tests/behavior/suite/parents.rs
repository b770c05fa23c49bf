//! Parents, roots and links that the attribute sets.

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
fn a_span_is_a_child_of_the_given_parent() {
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

/// The spans of the functions that it calls get the given parent, whether that is recorded or not.
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

#[test]
fn bindings_of_patterns_can_be_used_for_the_name_the_parent_and_the_links() {
    struct Path<T>(T);

    #[instrument(name = format!("load {id}"), links = to, fields(id))]
    fn load(Path(id): Path<u32>, (to, _): (SpanContext, u32)) -> u32 {
        id
    }

    #[instrument(parent = of)]
    async fn under(Path(of): Path<Context>, Path(mut n): Path<u32>) {
        n += 1;
        let _ = n;
    }

    let text = tree(|| {
        let context = first();
        assert_eq!(load(Path(7), (context.span().span_context().clone(), 1)), 7);
        block_on(under(Path(context), Path(1)));
    });
    assert_eq!(text, "test\n  first\n    under\n  load 7 id=7 → first\n");
}

/// Exporters of applications suppress telemetry while they run, and must not be recorded.
#[test]
fn suppressed_telemetry_stays_suppressed_under_a_given_parent() {
    let text = tree(|| {
        let context = first();
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        child(&context);
        root();
    });
    assert_eq!(text, "test\n  first\n");
}

#[instrument(fields(code.function.name = "mine"))]
fn sets_its_own_location() {}

#[test]
fn attributes_set_in_code_replace_the_generated_ones() {
    let capture = spanwise::testing::Capture::new();
    capture.run(sets_its_own_location);
    let name: Vec<_> = capture.spans()[0]
        .attributes
        .iter()
        .filter(|attribute| attribute.key.as_str() == "code.function.name")
        .map(|attribute| attribute.value.to_string())
        .collect();
    assert_eq!(name, ["mine"]);
}

/// A span that is only passed on is ended by its owner.
#[test]
fn a_parent_that_is_passed_on_is_not_ended() {
    #[instrument]
    fn goes_on() {
        let context = Context::current();
        {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            child(&context);
        }
        spanwise::set_attribute("after", true);
    }

    assert_eq!(tree(goes_on), "test\n  goes_on after=true\n");
}

#[test]
fn each_poll_of_a_root_is_a_root() {
    #[instrument(root, enter_on_poll)]
    async fn polled() -> [TraceId; 2] {
        let first = here().trace_id();
        tokio::task::yield_now().await;
        [first, here().trace_id()]
    }

    tree(|| {
        let outside = here().trace_id();
        let [first, second] = block_on(polled());
        assert!(first != outside && second != outside && first != second);
    });
}
