//! The specification's limits, and what a span is given of its parent.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{
    Event, Link, Span as _, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId,
    TraceState,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::engine::queue::record::SpanRecord;
use crate::engine::recorder::hook::{SpanHook, SpanMut};
use crate::engine::recorder::output::{Sink, SpanOutput};
use crate::engine::recorder::recorded_span::RecordedSpan;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::recorder::slot::RecorderRef;
use crate::engine::span::callsite::{Callsite, Crate, Place};
use crate::engine::span::limits::Limits;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::scope::Scope;
use crate::sampling::decision::Sampling;

#[derive(Debug, Default)]
struct Kept(Mutex<Vec<SpanRecord>>);

impl Sink for Kept {
    fn started(&self) {}

    fn ended(&self, span: Option<SpanRecord>) {
        self.0.lock().expect("not poisoned").extend(span);
    }
}

static CALLSITE: Callsite = Callsite::new(
    "here",
    SpanKind::Internal,
    Place { function: std::any::type_name::<Kept>, file: "file.rs", line: 7 },
    Crate { name: Some("crate"), version: None, module: "module" },
);

/// What is recorded of a span of the callsite, under `parent`.
fn recorded(limits: Limits, parent: &Context, work: impl FnOnce(&mut RecordedSpan)) -> SpanRecord {
    let kept = Arc::new(Kept::default());
    let sampling = Sampling::parent_based(Sampler::AlwaysOn);
    let recorder =
        Recorder::new(sampling, limits, Vec::new(), SpanOutput::Sink(Arc::clone(&kept) as Arc<dyn Sink>));
    let held = RecorderRef::Shared(Arc::clone(&recorder));
    let draft = recorder.draft(held, parent, parent.span().span_context(), &CALLSITE);
    let mut span = draft.expect("recorded").start();
    work(&mut span);
    span.end();
    let mut kept = kept.0.lock().expect("not poisoned");
    assert_eq!(kept.len(), 1);
    kept.remove(0)
}

fn keys(span: &SpanRecord) -> Vec<&str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

fn number(key: &'static str) -> KeyValue {
    KeyValue::new(key, 1)
}

#[test]
fn attributes_beyond_the_limit_are_dropped_and_counted_the_callsite_s_among_them() {
    let fill = |span: &mut RecordedSpan| {
        ["a", "b", "a", "c"].map(number).into_iter().for_each(|one| span.set_attribute(one))
    };
    let most = |attributes| Limits { attributes, ..Limits::default() };
    let all = recorded(most(128), &Context::new(), fill);
    assert_eq!(keys(&all), ["code.function.name", "code.file.path", "code.line.number", "a", "b", "c"]);
    assert_eq!(all.dropped_attributes, 0);
    let five = recorded(most(5), &Context::new(), fill);
    assert_eq!((keys(&five).len(), five.dropped_attributes), (5, 1));
    let two = recorded(most(2), &Context::new(), fill);
    assert_eq!((keys(&two), two.dropped_attributes), (vec!["code.function.name", "code.file.path"], 5));
    let none = recorded(most(0), &Context::new(), fill);
    assert_eq!((keys(&none).len(), none.dropped_attributes), (0, 7));
}

#[test]
fn what_the_callsite_says_can_be_said_otherwise() {
    let span = recorded(Limits::default(), &Context::new(), |span| {
        span.set_attribute(KeyValue::new("code.line.number", 8));
        span.set_attribute(KeyValue::new("n", 1));
    });
    assert_eq!(span.attribute("code.line.number"), Some(&Value::I64(8)));
    assert_eq!(span.attribute("code.file.path"), Some(&Value::from("file.rs")));
    assert_eq!((span.attributes.len(), span.name, span.scope.name()), (4, "here".into(), "crate"));
}

#[test]
fn events_and_links_beyond_the_limits_are_dropped_and_counted_and_their_attributes_too() {
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
fn texts_are_cut_by_characters_wherever_they_are() {
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
fn a_trace_that_starts_here_is_random_and_one_that_does_not_is_what_it_was() {
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

/// A span that an application's code makes under nothing.
fn made() -> NewSpan {
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

/// What is recorded of `new` where a sampler has to be asked.
fn recorded_if(
    sampler: impl ShouldSample + 'static,
    limits: Limits,
    hook: Option<Box<dyn SpanHook>>,
    new: NewSpan,
) -> Option<SpanRecord> {
    let kept = Arc::new(Kept::default());
    let output = SpanOutput::Sink(Arc::clone(&kept) as Arc<dyn Sink>);
    let recorder = Recorder::new(Sampling::asking(sampler), limits, hook.into_iter().collect(), output);
    // What a context is left with whose span was taken away.
    let parent = Context::new().with_remote_span_context(SpanContext::NONE);
    drop(recorder.start(|| RecorderRef::Shared(Arc::clone(&recorder)), &parent, new));
    kept.0.lock().expect("not poisoned").pop()
}

/// Also without a callsite.
#[test]
fn limits_hold_for_what_the_api_s_tracers_make() {
    let limits = Limits { attributes: 1, links: 1, events: 0, ..Limits::default() };
    let span = recorded_if(Sampler::AlwaysOn, limits, None, made()).expect("a span");
    assert_eq!((keys(&span), span.dropped_attributes), (vec!["a"], 1));
    assert_eq!((span.links.len(), span.dropped_links, span.dropped_events), (1, 2, 1));
}

/// As the SDK's own do with what is no parent.
#[test]
fn a_sampler_that_follows_the_parent_is_asked_for_its_root_s_answer_where_there_is_none() {
    let sampler = |root| Sampler::ParentBased(Box::new(root));
    assert!(recorded_if(sampler(Sampler::AlwaysOn), Limits::default(), None, made()).is_some());
    assert!(recorded_if(sampler(Sampler::AlwaysOff), Limits::default(), None, made()).is_none());
}

#[test]
fn a_sampler_that_panics_takes_no_one_with_it() {
    #[derive(Clone, Debug)]
    struct Broken;

    impl ShouldSample for Broken {
        fn should_sample(
            &self,
            _parent: Option<&Context>,
            _trace_id: TraceId,
            _name: &str,
            _kind: &SpanKind,
            _attributes: &[KeyValue],
            _links: &[Link],
        ) -> SamplingResult {
            std::panic::panic_any("on purpose")
        }
    }

    assert!(recorded_if(Broken, Limits::default(), None, made()).is_none());
}

#[test]
fn hooks_see_the_name_that_the_span_gets() {
    #[derive(Debug)]
    struct Sees;

    impl SpanHook for Sees {
        fn on_start(&self, span: &mut SpanMut<'_>, _parent: &Context) {
            let name = span.name().to_owned();
            span.set_attribute("seen", name);
        }
    }

    let new = NewSpan { rename: Some("made of 7".to_owned()), ..made() };
    let span = recorded_if(Sampler::AlwaysOn, Limits::default(), Some(Box::new(Sees)), new).expect("a span");
    assert_eq!((span.attribute("seen"), &*span.name), (Some(&Value::from("made of 7")), "made of 7"));
}

/// What `Rules` say beside a no that stands is for those who know it, and not for the span.
#[test]
fn a_no_that_stands_and_is_made_a_yes_says_nothing_on_the_span() {
    #[derive(Clone, Debug)]
    struct Yes;

    impl ShouldSample for Yes {
        fn should_sample(
            &self,
            _parent: Option<&Context>,
            _trace_id: TraceId,
            _name: &str,
            _kind: &SpanKind,
            _attributes: &[KeyValue],
            _links: &[Link],
        ) -> SamplingResult {
            let mut no = crate::sampling::decision::never(TraceState::NONE);
            no.attributes.push(number("more"));
            SamplingResult { decision: SamplingDecision::RecordAndSample, ..no }
        }
    }

    let span = recorded_if(Yes, Limits::default(), None, made()).expect("a span");
    assert!(keys(&span).contains(&"more") && !keys(&span).contains(&"spanwise.never"), "{span:?}");
}

/// Else the trace would never be over here, and nobody would tell what it did not have.
#[test]
fn a_draft_that_is_let_go_is_no_root_that_is_open() {
    let kept = Arc::new(Kept::default());
    let mut sampling = Sampling::parent_based(Sampler::AlwaysOn);
    sampling.most_of_trace = Some(2);
    let output = SpanOutput::Sink(Arc::clone(&kept) as Arc<dyn Sink>);
    let recorder = Recorder::new(sampling, Limits::default(), Vec::new(), output);
    let caller =
        SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::SAMPLED, true, TraceState::NONE);
    let draft =
        || recorder.draft(RecorderRef::Shared(Arc::clone(&recorder)), &Context::new(), &caller, &CALLSITE);
    drop(draft().expect("admitted"));
    let mut span = draft().expect("admitted").start();
    assert!(draft().is_none(), "one too many");
    span.end();
    let kept = kept.0.lock().expect("not poisoned");
    assert_eq!(kept[0].attribute("spanwise.dropped_spans"), Some(&Value::I64(1)));
}
