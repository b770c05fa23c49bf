//! Span limits, parents, samplers and hooks of our recorder.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{
    Event, Link, Span as _, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId,
    TraceState,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::engine::queue::record::SpanRecord;
use crate::engine::recorder::hook::{SpanHook, SpanMut};
use crate::engine::recorder::output::{SpanOutput, SpanSink};
use crate::engine::recorder::recorded_span::RecordedSpan;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::recorder::slot::RecorderRef;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::limits::Limits;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::scope::Scope;
use crate::sampling::config::SamplerConfig;
use crate::sampling::result::final_drop;
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};

#[derive(Debug, Default)]
struct Recorded(Mutex<Vec<SpanRecord>>);

impl SpanSink for Recorded {
    fn started(&self) {}

    fn ended(&self, span: Option<SpanRecord>) {
        self.0.lock().expect("not poisoned").extend(span);
    }
}

static CALLSITE: Callsite =
    Callsite::of_function("here", SpanKind::Internal, std::any::type_name::<Recorded>, "crate", "");

/// The record of a span of the callsite under `parent`.
fn recorded(limits: Limits, parent: &Context, work: impl FnOnce(&mut RecordedSpan)) -> SpanRecord {
    let ended = Arc::new(Recorded::default());
    let sampler = SamplerConfig::parent_based(Sampler::AlwaysOn);
    let recorder =
        Recorder::new(sampler, limits, Vec::new(), SpanOutput::Sink(Arc::clone(&ended) as Arc<dyn SpanSink>));
    let recorder_ref = RecorderRef::Shared(Arc::clone(&recorder));
    let draft = recorder.draft(recorder_ref, parent, parent.span().span_context(), &CALLSITE);
    let mut span = draft.expect("recorded").start();
    work(&mut span);
    span.end();
    let mut ended = ended.0.lock().expect("not poisoned");
    assert_eq!(ended.len(), 1);
    ended.remove(0)
}

fn keys(span: &SpanRecord) -> Vec<&str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

fn number(key: &'static str) -> KeyValue {
    KeyValue::new(key, 1)
}

#[test]
fn attributes_over_the_limit_are_dropped_and_counted_with_the_callsite_s() {
    let fill = |span: &mut RecordedSpan| {
        ["a", "b", "a", "c"].map(number).into_iter().for_each(|one| span.set_attribute(one))
    };
    let max = |attributes| Limits { attributes, ..Limits::default() };
    let all = recorded(max(128), &Context::new(), fill);
    assert_eq!(keys(&all), ["code.function.name", "code.file.path", "code.line.number", "a", "b", "c"]);
    assert_eq!(all.dropped_attributes, 0);
    let five = recorded(max(5), &Context::new(), fill);
    assert_eq!((keys(&five).len(), five.dropped_attributes), (5, 1));
    let two = recorded(max(2), &Context::new(), fill);
    assert_eq!((keys(&two), two.dropped_attributes), (vec!["code.function.name", "code.file.path"], 5));
    let none = recorded(max(0), &Context::new(), fill);
    assert_eq!((keys(&none).len(), none.dropped_attributes), (0, 7));
}

#[test]
fn the_callsite_s_attributes_can_be_replaced() {
    let span = recorded(Limits::default(), &Context::new(), |span| {
        span.set_attribute(KeyValue::new("code.line.number", 8));
        span.set_attribute(KeyValue::new("n", 1));
    });
    assert_eq!(span.attribute("code.line.number"), Some(&Value::I64(8)));
    assert_eq!(span.attribute("code.file.path"), Some(&Value::from(file!())));
    assert_eq!((span.attributes.len(), span.name, span.scope.name()), (4, "here".into(), "crate"));
}

#[test]
fn events_links_and_their_attributes_over_the_limits_are_dropped_and_counted() {
    let limits =
        Limits { events: 2, links: 1, attributes_of_event: 1, attributes_of_link: 0, ..Limits::default() };
    let span = recorded(limits, &Context::new(), |span| {
        for _ in 0..5 {
            span.add_event("event", vec![number("a"), number("b"), number("c")]);
            span.add_link(SpanContext::NONE, vec![number("a")]);
        }
    });
    assert_eq!((span.events.len(), span.dropped_events), (2, 3));
    assert!(
        span.events
            .iter()
            .all(|event| event.attributes == [number("a")] && event.dropped_attributes_count == 2)
    );
    assert_eq!((span.links.len(), span.dropped_links), (1, 4));
    assert!(span.links.iter().all(|link| link.attributes.is_empty() && link.dropped_attributes_count == 1));
}

#[test]
fn texts_are_cut_everywhere_by_characters() {
    let limits = Limits { value_length: 3, ..Limits::default() };
    let long = || KeyValue::new("text", "äöüß");
    let span = recorded(limits, &Context::new(), |span| {
        span.set_attribute(long());
        span.set_attribute(KeyValue::new(
            "texts",
            Value::Array(Array::String(vec!["abcd".into(), "e".into()])),
        ));
        span.set_attribute(KeyValue::new("number", 123_456));
        span.add_event("event", vec![long()]);
        span.add_link(SpanContext::NONE, vec![long()]);
    });
    let cut = Some(&Value::from("äöü"));
    assert_eq!(span.attribute("text"), cut);
    assert_eq!(span.attribute("texts"), Some(&Value::Array(Array::String(vec!["abc".into(), "e".into()]))));
    assert_eq!(span.attribute("number"), Some(&Value::I64(123_456)));
    assert_eq!(Some(&span.events[0].attributes[0].value), cut);
    assert_eq!(Some(&span.links[0].attributes[0].value), cut);
}

/// [Level 2](https://www.w3.org/TR/trace-context-2/#random-trace-id-flag)
#[test]
fn a_trace_that_starts_here_is_random_and_others_keep_their_flags() {
    let nothing = |_: &mut RecordedSpan| ();
    let root = recorded(Limits::default(), &Context::new(), nothing);
    assert_eq!(root.context.trace_flags().to_u8(), 0b11);
    assert_eq!(root.parent_span_id, SpanId::INVALID);
    for flags in [0b01, 0b11] {
        let state = TraceState::from_key_value([("vendor", "x")]).expect("well-formed");
        let caller =
            SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::new(flags), true, state.clone());
        let parent = Context::new().with_remote_span_context(caller);
        let child = recorded(Limits::default(), &parent, nothing);
        assert_eq!(child.context.trace_flags().to_u8(), flags);
        assert_eq!((child.context.trace_id(), child.parent_span_id), (TraceId::from(7), SpanId::from(8)));
        assert_eq!((child.parent_is_remote, child.context.trace_state()), (true, &state));
    }
}

/// A root span of the application's own.
fn new_root() -> NewSpan {
    NewSpan {
        name: "made".into(),
        rename: None,
        kind: SpanKind::Client,
        attributes: vec![number("a"), number("b")],
        links: vec![Link::with_context(SpanContext::NONE); 3],
        events: vec![Event::with_name("early")],
        start: None,
        scope: Scope::new(InstrumentationScope::builder("tracer").build()),
    }
}

/// The record of `new`, if the sampler samples it.
fn recorded_if_sampled(
    sampler: impl ShouldSample + 'static,
    limits: Limits,
    hook: Option<Box<dyn SpanHook>>,
    new: NewSpan,
) -> Option<SpanRecord> {
    let ended = Arc::new(Recorded::default());
    let output = SpanOutput::Sink(Arc::clone(&ended) as Arc<dyn SpanSink>);
    let recorder = Recorder::new(SamplerConfig::new(sampler), limits, hook.into_iter().collect(), output);
    // As in a context whose span was removed.
    let parent = Context::new().with_remote_span_context(SpanContext::NONE);
    drop(recorder.start(|| RecorderRef::Shared(Arc::clone(&recorder)), &parent, new));
    ended.0.lock().expect("not poisoned").pop()
}

#[test]
fn limits_apply_to_spans_without_a_callsite() {
    let limits = Limits { attributes: 1, links: 1, events: 0, ..Limits::default() };
    let span = recorded_if_sampled(Sampler::AlwaysOn, limits, None, new_root()).expect("a span");
    assert_eq!((keys(&span), span.dropped_attributes), (vec!["a"], 1));
    assert_eq!((span.links.len(), span.dropped_links, span.dropped_events), (1, 2, 1));
}

/// The SDK's samplers would take an invalid parent for one that is not sampled.
#[test]
fn an_invalid_parent_is_no_parent_to_a_sampler() {
    let sampler = |root| Sampler::ParentBased(Box::new(root));
    assert!(recorded_if_sampled(sampler(Sampler::AlwaysOn), Limits::default(), None, new_root()).is_some());
    assert!(recorded_if_sampled(sampler(Sampler::AlwaysOff), Limits::default(), None, new_root()).is_none());
}

#[test]
fn a_panic_in_a_sampler_drops_only_the_span() {
    #[derive(Clone, Debug)]
    struct PanickingSampler;

    impl_should_sample!(PanickingSampler);

    impl PanickingSampler {
        fn decide(&self, _span: SpanToSample<'_>) -> SamplingResult {
            std::panic::panic_any("on purpose")
        }
    }

    assert!(recorded_if_sampled(PanickingSampler, Limits::default(), None, new_root()).is_none());
}

#[test]
fn hooks_see_the_span_s_final_name() {
    #[derive(Debug)]
    struct RecordsName;

    impl SpanHook for RecordsName {
        fn on_start(&self, span: &mut SpanMut<'_>, _parent: &Context) {
            let name = span.name().to_owned();
            span.set_attribute("seen", name);
        }
    }

    let new = NewSpan { rename: Some("made of 7".to_owned()), ..new_root() };
    let span = recorded_if_sampled(Sampler::AlwaysOn, Limits::default(), Some(Box::new(RecordsName)), new)
        .expect("a span");
    assert_eq!((span.attribute("seen"), &*span.name), (Some(&Value::from("made of 7")), "made of 7"));
}

/// The mark of a final drop is not an attribute of the span.
#[test]
fn a_final_drop_that_a_sampler_overrides_leaves_no_mark_on_the_span() {
    #[derive(Clone, Debug)]
    struct Overrides;

    impl_should_sample!(Overrides);

    impl Overrides {
        fn decide(&self, _span: SpanToSample<'_>) -> SamplingResult {
            let mut result = final_drop(TraceState::NONE);
            result.attributes.push(number("more"));
            SamplingResult { decision: SamplingDecision::RecordAndSample, ..result }
        }
    }

    let span = recorded_if_sampled(Overrides, Limits::default(), None, new_root()).expect("a span");
    assert!(keys(&span).contains(&"more") && !keys(&span).contains(&"spanwise.never"), "{span:?}");
}

/// Otherwise the trace would always have an open local root, and rejected spans would never be reported.
#[test]
fn a_dropped_draft_is_not_an_open_local_root() {
    let ended = Arc::new(Recorded::default());
    let mut sampler = SamplerConfig::parent_based(Sampler::AlwaysOn);
    sampler.max_spans_per_trace = Some(2);
    let output = SpanOutput::Sink(Arc::clone(&ended) as Arc<dyn SpanSink>);
    let recorder = Recorder::new(sampler, Limits::default(), Vec::new(), output);
    let caller =
        SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::SAMPLED, true, TraceState::NONE);
    let draft =
        || recorder.draft(RecorderRef::Shared(Arc::clone(&recorder)), &Context::new(), &caller, &CALLSITE);
    drop(draft().expect("admitted"));
    let mut span = draft().expect("admitted").start();
    assert!(draft().is_none(), "the third span");
    span.end();
    let ended = ended.0.lock().expect("not poisoned");
    assert_eq!(ended[0].attribute("spanwise.dropped_spans"), Some(&Value::I64(1)));
}
