//! [B3](https://github.com/openzipkin/b3-propagation), in one header and in several.

use opentelemetry_sdk::trace::Sampler;
use spanwise::Propagator;
use spanwise::testing::Capture;
use spanwise_tests::block_on;

use super::{Middle, with_middle};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SHORT: &str = "a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// The trace and the state that the next service gets in one header.
async fn single(middle: &Middle, headers: &[(&str, &str)]) -> (String, Option<String>) {
    let onwards = middle.ask(headers.iter().copied()).await;
    let parts = onwards.parts("b3", '-');
    assert!(parts.len() == 2 || parts.len() == 3, "{onwards:?}");
    assert!(onwards.get("x-b3-traceid").is_none() && onwards.get("x-b3-parentspanid").is_none());
    (parts[0].to_owned(), parts.get(2).map(|&state| state.to_owned()))
}

#[test]
fn valid_headers_continue_the_trace() {
    let padded = format!("0000000000000000{SHORT}");
    with_middle(&[Propagator::B3], async |middle| {
        for (state, onwards) in
            [("", "1"), ("-1", "1"), ("-0", "0"), ("-d", "d"), ("-1-00000000000000cd", "1")]
        {
            let given = format!("{TRACE}-{SPAN}{state}");
            let expected = (TRACE.to_owned(), Some(onwards.to_owned()));
            assert_eq!(single(middle, &[("b3", &given)]).await, expected, "{given}");
            let given = format!("{SHORT}-{SPAN}{state}");
            let expected = (padded.clone(), Some(onwards.to_owned()));
            assert_eq!(single(middle, &[("B3", &given)]).await, expected, "{given}");
        }
        let ids = [("x-b3-traceid", TRACE), ("X-B3-SpanId", SPAN)];
        for (more, onwards) in [
            (vec![], "1"),
            (vec![("x-b3-sampled", "0")], "0"),
            (vec![("x-b3-sampled", "1")], "1"),
            (vec![("x-b3-sampled", "true")], "1"),
            (vec![("x-b3-sampled", "false")], "0"),
            (vec![("x-b3-flags", "1")], "d"),
            (vec![("x-b3-sampled", "0"), ("x-b3-flags", "1")], "d"),
            (vec![("x-b3-sampled", "1"), ("x-b3-flags", "2")], "1"),
            (vec![("x-b3-sampled", "1"), ("x-b3-flags", "invalid")], "1"),
            (vec![("x-b3-sampled", "1"), ("x-b3-parentspanid", "00f067aa0ba90200")], "1"),
            // The single header comes first, if it can be read.
            (vec![("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"), ("x-b3-sampled", "0")], "1"),
            (vec![("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"), ("x-b3-sampled", "0")], "0"),
            (vec![("b3", "1"), ("x-b3-sampled", "0")], "0"),
            // An empty header is none.
            (vec![("b3", "")], "1"),
            (vec![("x-b3-sampled", "")], "1"),
            (vec![("x-b3-parentspanid", ""), ("x-b3-flags", ""), ("x-b3-sampled", "1")], "1"),
        ] {
            let headers: Vec<_> = ids.iter().copied().chain(more).collect();
            let expected = (TRACE.to_owned(), Some(onwards.to_owned()));
            assert_eq!(single(middle, &headers).await, expected, "{headers:?}");
        }
        let short = [("x-b3-traceid", SHORT), ("x-b3-spanid", SPAN), ("x-b3-sampled", "1")];
        assert_eq!(single(middle, &short).await, (padded, Some("1".to_owned())));
    });
}

#[test]
fn invalid_headers_start_a_new_trace() {
    let (a, c) = ("ab000000000000000000000000000000", "cd00000000000000");
    with_middle(&[Propagator::B3], async |middle| {
        for given in [
            format!("ab00000000000000000000000000000000-{c}-1"),
            format!("{a}-cd0000000000000000-1"),
            format!("00-{a}-{c}-01"),
            format!("{a}-{c}-1-cd0000000000000000"),
            format!("qw000000000000000000000000000000-{c}-1"),
            format!("{a}-qw00000000000000-1"),
            format!("{a}-{c}-q"),
            format!("{a}-{c}-1-qw00000000000000"),
            format!("AB000000000000000000000000000000-{c}-1"),
            format!("{a}-CD00000000000000-1"),
            format!("{a}-{c}-1-EF00000000000000"),
            format!("00000000000000000000000000000000-{c}-1"),
            format!("{a}-0000000000000000-1"),
            format!("{a}-{c}-true"),
            format!("{a}-{c}-"),
            format!("{a}-{c}-3"),
            format!("{a}-{c}-00000000000001c8"),
            format!("{a}-{c}-1-00000000000001c"),
            format!("{a}-{c}-1-00000000000001c8-extra"),
            a.to_owned(),
            "a".to_owned(),
            "3".to_owned(),
            "000001c8-000000000000007b".to_owned(),
            String::new(),
        ] {
            let (trace, state) = single(middle, &[("b3", &given)]).await;
            assert!(trace != a && state.as_deref() == Some("1"), "{given}: {trace} {state:?}");
        }
        for (trace, span, more) in [
            ("ab00000000000000000000000000000000", SPAN, ("x-b3-sampled", "1")),
            ("ab0000000000", SPAN, ("x-b3-sampled", "1")),
            ("00000000000001c80", SPAN, ("x-b3-sampled", "1")),
            ("qw000000000000000000000000000000", SPAN, ("x-b3-sampled", "1")),
            ("AB000000000000000000000000000000", SPAN, ("x-b3-sampled", "1")),
            ("00000000000000000000000000000000", SPAN, ("x-b3-sampled", "1")),
            (TRACE, "cd0000000000000000", ("x-b3-sampled", "1")),
            (TRACE, "CD00000000000000", ("x-b3-sampled", "1")),
            (TRACE, "0000000000000000", ("x-b3-sampled", "1")),
            (TRACE, SPAN, ("x-b3-sampled", "10")),
            (TRACE, SPAN, ("x-b3-sampled", "d")),
            (TRACE, SPAN, ("x-b3-parentspanid", "00f067aa0ba9020")),
            (TRACE, SPAN, ("x-b3-traceid", TRACE)),
        ] {
            let headers = [("x-b3-traceid", trace), ("x-b3-spanid", span), more];
            let (onwards, state) = single(middle, &headers).await;
            assert!(onwards != TRACE && state.as_deref() == Some("1"), "{headers:?}: {onwards}");
        }
        for headers in
            [[("x-b3-traceid", TRACE), ("x-b3-sampled", "1")], [("x-b3-spanid", SPAN), ("x-b3-sampled", "1")]]
        {
            assert_ne!(single(middle, &headers).await.0, TRACE, "{headers:?}");
        }
    });
}

/// A decision without a trace.
#[test]
fn a_decision_alone_holds_if_it_is_not_to_sample() {
    with_middle(&[Propagator::B3], async |middle| {
        for headers in [[("b3", "0")], [("x-b3-sampled", "0")]] {
            assert_eq!(single(middle, &headers).await.1.as_deref(), Some("0"), "{headers:?}");
        }
        for headers in [[("b3", "1")], [("b3", "d")], [("x-b3-sampled", "1")], [("x-b3-flags", "1")]] {
            assert_eq!(single(middle, &headers).await.1.as_deref(), Some("1"), "{headers:?}");
        }
    });
}

/// A proxy's `0` does not cut the trace of another format.
#[test]
fn a_decision_alone_is_ignored_beside_a_caller() {
    block_on(async {
        let read = [Propagator::TraceContext, Propagator::B3];
        let middle = Middle::between(&read, &[Propagator::TraceContext]).await;
        let traceparent = format!("00-{TRACE}-{SPAN}-01");
        let onwards = middle.ask([("traceparent", &*traceparent), ("x-b3-sampled", "0")]).await;
        assert_eq!(onwards.parts("traceparent", '-')[1], TRACE);
        assert_eq!(onwards.parts("traceparent", '-')[3], "01");
    });
}

#[test]
fn several_headers_are_written_by_the_format() {
    with_middle(&[Propagator::B3Multi], async |middle| {
        for (state, sampled, flags) in
            [("", Some("1"), None), ("-0", Some("0"), None), ("-1", Some("1"), None), ("-d", None, Some("1"))]
        {
            let given = format!("{TRACE}-{SPAN}{state}");
            let onwards = middle.ask([("b3", given.as_str())]).await;
            assert_eq!(onwards.get("x-b3-traceid"), Some(TRACE));
            assert_eq!(onwards.get("x-b3-spanid").map(str::len), Some(16));
            assert_eq!((onwards.get("x-b3-sampled"), onwards.get("x-b3-flags")), (sampled, flags), "{given}");
            assert_eq!((onwards.get("b3"), onwards.get("x-b3-parentspanid")), (None, None));
        }
    });
}

/// A deferred decision is left to the sampler, and a decision to sample holds.
#[test]
fn a_deferred_decision_is_left_to_the_sampler() {
    use axum::routing::get;
    use opentelemetry::trace::TraceContextExt as _;
    use spanwise::ServerLayer;

    use crate::{Server, raw};

    block_on(async {
        for (sampler, state, is_recorded) in [
            (Sampler::AlwaysOff, "", false),
            (Sampler::AlwaysOff, "-1", true),
            (Sampler::AlwaysOn, "", true),
            (Sampler::AlwaysOn, "-0", false),
            (Sampler::TraceIdRatioBased(0.0), "", false),
            (Sampler::TraceIdRatioBased(1.0), "", true),
        ] {
            let capture = Capture::with_sampler(sampler.clone());
            let layer = ServerLayer::new().propagators([Propagator::B3]);
            let inside = || async {
                let context = opentelemetry::Context::current();
                let span = context.span().span_context().clone();
                format!("{} {}", span.trace_id(), span.is_sampled())
            };
            let server =
                Server::start_capturing(axum::Router::new().route("/", get(inside)), layer, capture).await;
            let request = format!(
                "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nb3: {TRACE}-{SPAN}{state}\r\n\r\n"
            );
            let answer = raw(server.address, &request).await;
            assert!(answer.ends_with(&format!("{TRACE} {is_recorded}")), "{sampler:?} {state:?}: {answer}");
            if is_recorded {
                server.capture.ended(1, spanwise_tests::LONG).await;
                assert_eq!(server.capture.spans()[0].parent_span_id.to_string(), SPAN);
            } else {
                assert_eq!(server.capture.spans().len(), 0);
            }
        }
    });
}
