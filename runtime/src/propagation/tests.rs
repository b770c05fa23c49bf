//! Each format reads what it writes, and malformed input is harmless. The test vectors of the specifications are in
//! `tests/http/propagation`, over a socket.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use proptest::prelude::*;

use super::{Propagator, Propagators};
use crate::engine::context::sampling_hint;

fn injected(propagator: Propagator, context: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    propagator.inject_context(context, &mut headers);
    headers
}

fn span(trace: u128, span: u64, flags: u8, state: TraceState) -> SpanContext {
    SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), true, state)
}

fn identity(context: &Context) -> SpanContext {
    context.span().span_context().clone()
}

fn state() -> impl Strategy<Value = TraceState> {
    let key = "[a-z0-9][a-z0-9_*/-]{0,20}";
    // Leading spaces are kept; trailing spaces would be trimmed.
    let value = "[ -+./:;<>?A-Z\\[\\]^_`a-z{|}~-]{0,20}[!-+./0-9:;<>?-~]";
    // At most 512 characters, which is what is passed on.
    proptest::collection::hash_map(key, value, 0..12)
        .prop_map(|members| TraceState::from_key_value(members).expect("valid"))
}

fn members() -> impl Strategy<Value = HashMap<String, (String, Vec<String>)>> {
    let key = "[a-z!#$%&'*+.^_`|~0-9-]{1,10}";
    let property = "[a-z]{1,5}(=[a-z0-9%]{0,5})?";
    proptest::collection::hash_map(key, (".{0,12}", proptest::collection::vec(property, 0..3)), 0..8)
}

fn with_baggage(context: &Context, members: &HashMap<String, (String, Vec<String>)>) -> Context {
    context.with_baggage(members.iter().map(|(key, (value, properties))| {
        KeyValueMetadata::new(key.clone(), value.clone(), properties.join(";"))
    }))
}

fn baggage(context: &Context) -> HashMap<String, (String, String)> {
    let members = context.baggage().iter();
    members.map(|(key, (value, about))| (key.to_string(), (value.to_string(), about.to_string()))).collect()
}

proptest! {
    #[test]
    fn trace_context_round_trips(trace in 1_u128.., id in 1_u64.., flags in 0..4_u8, state in state()) {
        let written = span(trace, id, flags, state);
        let headers = injected(Propagator::TraceContext, &Context::new().with_remote_span_context(written.clone()));
        let read = Propagator::TraceContext.extract(&headers);
        prop_assert_eq!(identity(&read), written);
    }

    #[test]
    fn baggage_round_trips(members in members()) {
        let written = with_baggage(&Context::new(), &members);
        let read = Propagator::Baggage.extract(&injected(Propagator::Baggage, &written));
        prop_assert_eq!(baggage(&read), baggage(&written));
    }

    #[test]
    fn b3_round_trips(
        trace in 1_u128.., id in 1_u64.., sampling in 0..4,
        propagator in prop_oneof![Just(Propagator::B3), Just(Propagator::B3Multi)],
    ) {
        let written = span(trace, id, u8::from(sampling < 2), TraceState::NONE);
        let context = Context::new().with_remote_span_context(written.clone());
        let context = match sampling {
            0 => sampling_hint::with_debug(&context),
            2 => sampling_hint::with_deferred(&context),
            _ => context,
        };
        let read = propagator.extract(&injected(propagator, &context));
        prop_assert_eq!(identity(&read), written);
        prop_assert_eq!(sampling_hint::is_debug(&read), sampling == 0);
        prop_assert_eq!(sampling_hint::is_deferred(&read, &identity(&read)), sampling == 2);
        prop_assert_eq!(injected(propagator, &read), injected(propagator, &context));
    }

    #[test]
    fn jaeger_round_trips(trace in 1_u128.., id in 1_u64.., is_sampled: bool, members in members()) {
        let written = span(trace, id, u8::from(is_sampled), TraceState::NONE);
        let members: HashMap<_, _> =
            members.into_iter().map(|(key, (value, _))| (key, (value, Vec::new()))).collect();
        let context = with_baggage(&Context::new().with_remote_span_context(written.clone()), &members);
        let read = Propagator::Jaeger.extract(&injected(Propagator::Jaeger, &context));
        prop_assert_eq!(identity(&read), written);
        prop_assert_eq!(baggage(&read), baggage(&context));
    }

    #[test]
    fn any_input_is_bounded_and_harmless(
        values in proptest::collection::vec(prop_oneof![
            ".{0,80}", "[0-9a-f:%-]{0,80}", "([a-z@=, ;]{0,9},){0,99}", "(k[0-9]{1,4}=v{0,300},){0,300}",
        ], 10),
    ) {
        let names = [
            "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled",
            "uber-trace-id", "uberctx-k", "jaeger-baggage",
        ];
        let headers: HashMap<_, _> = names.into_iter().map(str::to_owned).zip(values).collect();
        for propagator in Propagator::ALL {
            let context = propagator.extract(&headers);
            for header in injected(propagator, &context).values() {
                prop_assert!(header.is_ascii() && header.len() <= 16_416);
            }
            prop_assert!(context.baggage().len() <= 64);
        }
    }
}

#[test]
fn without_a_span_nothing_is_written_and_without_headers_nothing_is_read() {
    let context = Context::new();
    for propagator in Propagator::ALL {
        assert_eq!(injected(propagator, &context), HashMap::new(), "{propagator:?}");
        let read = propagator.extract_with_context(&context, &HashMap::new());
        assert!(!read.has_active_span() && read.baggage().is_empty(), "{propagator:?}");
        assert_eq!(Propagator::from_name(propagator.name()), Some(propagator));
        assert!(propagator.fields().next().is_some());
    }
}

#[test]
fn the_last_readable_format_wins() {
    let propagators: Propagators =
        [Propagator::TraceContext, Propagator::B3, Propagator::TraceContext].into_iter().collect();
    assert_eq!(propagators.fields().collect::<Vec<_>>(), ["traceparent", "tracestate", "b3"]);
    let w3c = ("traceparent".to_owned(), format!("00-{:032x}-{:016x}-01", 1, 2));
    let trace_id = |headers: &[(String, String)]| {
        let headers: HashMap<_, _> = headers.iter().cloned().collect();
        propagators.extract(&headers).span().span_context().trace_id()
    };
    let b3 = ("b3".to_owned(), format!("{:032x}-{:016x}-1", 3, 4));
    assert_eq!(trace_id(&[w3c.clone(), b3]), TraceId::from(3));
    assert_eq!(trace_id(&[w3c, ("b3".to_owned(), "nonsense".to_owned())]), TraceId::from(1));
}

#[test]
fn baggage_beyond_the_limits_is_dropped_and_never_cut() {
    let many: HashMap<_, _> = (0..100).map(|n| (format!("k{n}"), ("v".repeat(200), Vec::new()))).collect();
    let header = &injected(Propagator::Baggage, &with_baggage(&Context::new(), &many))["baggage"];
    assert!(header.len() <= 8192);
    assert!(header.split(',').all(|member| member.len() >= 200));
    // Percent-encoding makes each byte three.
    let wide =
        HashMap::from([("k".to_owned(), (",".repeat(4000), Vec::new())), ("l".into(), ("v".into(), vec![]))]);
    let header = &injected(Propagator::Baggage, &with_baggage(&Context::new(), &wide))["baggage"];
    assert_eq!(header, "l=v");
}

#[test]
fn malformed_properties_are_not_sent() {
    let context = Context::new().with_baggage([KeyValueMetadata::new(
        "k",
        "v",
        "a; b = c ;;\r\nx: y;d=e,f=g;h".to_owned(),
    )]);
    assert_eq!(injected(Propagator::Baggage, &context)["baggage"], "k=v;a;b = c;h");
}
