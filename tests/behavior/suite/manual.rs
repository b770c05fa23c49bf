//! Spans, attributes and events by hand.

use spanwise::{attributes, instrument, span};

use crate::lane::tree;

#[instrument]
fn hands_on() {
    spanwise::set_attribute("cache.hit", true);
    spanwise::set_attribute("cache.hit.ratio", 0.5);
    spanwise::set_attribute("absent", None::<u32>);
    spanwise::event(
        "retrying",
        attributes! { attempt = 2, peer.name = %"b", list = ?[1], none = None::<i64> },
    );
    spanwise::event(String::from("bare"), attributes! {});
    let body = String::from("{}");
    let _span = span!("parse", http.body.size = body.len(), display = %body, debug = ?body,);
    spanwise::set_attribute("on", "the child");
}

#[test]
fn attributes_and_events_reach_the_current_span() {
    assert_eq!(
        tree(hands_on),
        "test\n  hands_on cache.hit=true cache.hit.ratio=0.5\n    • retrying attempt=2 peer.name=\"b\" \
         list=\"[1]\"\n    • bare\n    parse http.body.size=2 display=\"{}\" debug=\"\\\"{}\\\"\" on=\"the child\"\n"
    );
}

#[test]
fn a_manual_span_can_fail_and_be_reached_when_it_is_not_current() {
    let text = tree(|| {
        let outer = span!("outer");
        let _inner = span!("inner");
        outer.set_attribute("from", "inside");
        outer.fail(&"out of luck");
    });
    assert_eq!(
        text,
        "test\n  outer from=\"inside\" error.type=\"&str\" ✗ \"out of luck\"\n    • exception exception.type=\"&str\" \
         exception.message=\"out of luck\"\n    inner\n"
    );
}

#[test]
fn the_trace_id_is_known_inside_a_span_and_not_outside() {
    assert_eq!(spanwise::current_trace_id(), None);
    assert_eq!(spanwise::current_span_id(), None);
    tree(|| {
        let trace = spanwise::current_trace_id().expect("a trace");
        assert_eq!(trace.len(), 32);
        let span = spanwise::current_span_id().expect("a span");
        assert_eq!(span.len(), 16);
        let _child = span!("child");
        assert_eq!(spanwise::current_trace_id(), Some(trace));
        assert_ne!(spanwise::current_span_id(), Some(span));
    });
}
