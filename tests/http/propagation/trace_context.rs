//! [W3C trace context](https://github.com/w3c/trace-context/tree/main/test), level 2.

use spanwise::Propagator;

use super::{Middle, with_middle};

const TRACE: &str = "12345678901234567890123456789012";
const SPAN: &str = "1234567890123456";
const SAMPLED: &str = "00-12345678901234567890123456789012-1234567890123456-01";

fn walk(work: impl AsyncFnOnce(&Middle)) {
    with_middle(&[Propagator::TraceContext], work);
}

/// Whether the trace is continued, and with which flags.
async fn goes_on<'a>(
    middle: &Middle,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    let onwards = middle.ask(headers).await;
    let parts = onwards.parts("traceparent", '-');
    let [version, trace, span, flags] = parts.as_slice() else { panic!("{onwards:?}") };
    assert_eq!((*version, trace.len(), span.len()), ("00", 32, 16));
    // Recorded or not, what is sent on has an id of its own.
    assert_ne!(*span, SPAN, "{onwards:?}");
    (*trace == TRACE).then(|| (*flags).to_owned())
}

#[test]
fn valid_traceparents_continue_the_trace() {
    walk(async |middle| {
        let version = |version: &str, rest: &str| format!("{version}-{TRACE}-{SPAN}-{rest}");
        for (given, flags) in [
            (SAMPLED.to_owned(), "01"),
            (version("00", "00"), "00"),
            (version("00", "02"), "02"),
            (version("00", "03"), "03"),
            (version("00", "09"), "01"),
            (version("00", "ff"), "03"),
            (version("cc", "01"), "01"),
            (version("cc", "01-what-the-future-will-be-like"), "01"),
            (version("cc", "01-"), "01"),
            (version("01", "09-XYZxsf09"), "01"),
            (version("02", "08"), "00"),
            (version("fe", "01"), "01"),
            (format!(" {SAMPLED}"), "01"),
            (format!("\t{SAMPLED}"), "01"),
            (format!("{SAMPLED} "), "01"),
            (format!("\t {SAMPLED} \t"), "01"),
        ] {
            assert_eq!(
                goes_on(middle, [("traceparent", given.as_str())]).await.as_deref(),
                Some(flags),
                "{given:?}"
            );
        }
        for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
            assert!(goes_on(middle, [(name, SAMPLED)]).await.is_some(), "{name}");
        }
    });
}

#[test]
fn invalid_traceparents_start_a_new_trace() {
    walk(async |middle| {
        let with =
            |version: &str, trace: &str, span: &str, flags: &str| format!("{version}-{trace}-{span}-{flags}");
        let (trace, span) = (TRACE, SPAN);
        for given in [
            String::new(),
            "nonsense".to_owned(),
            format!("{SAMPLED},{SAMPLED}"),
            format!("{SAMPLED}."),
            format!("{SAMPLED}-what-the-future-will-be-like"),
            format!("{SAMPLED}-"),
            with("cc", trace, span, "01.what-the-future-will-be-like"),
            with("ff", trace, span, "01"),
            with("ff", trace, span, "00"),
            with(".0", trace, span, "01"),
            with("0.", trace, span, "01"),
            with("000", trace, span, "01"),
            with("0000", trace, span, "01"),
            with("0", trace, span, "01"),
            with("00", "00000000000000000000000000000000", span, "01"),
            with("00", ".2345678901234567890123456789012", span, "01"),
            with("00", "1234567890123456789012345678901.", span, "01"),
            with("00", "123456789012345678901234567890123", span, "01"),
            with("00", "1234567890123456789012345678901", span, "01"),
            with("00", trace, "0000000000000000", "01"),
            with("00", trace, ".234567890123456", "01"),
            with("00", trace, "123456789012345.", "01"),
            with("00", trace, "12345678901234567", "01"),
            with("00", trace, "123456789012345", "01"),
            with("00", trace, span, ".0"),
            with("00", trace, span, "0."),
            with("00", trace, span, "001"),
            with("00", trace, span, "1"),
            with("00", trace, span, ""),
            with("00", trace, span, "0100"),
            with("00", trace, span, "gh"),
            with("A0", trace, span, "01"),
            with("01", trace, span, "A1"),
            with("00", "AB345678901234567890123456789012", span, "01"),
            with("00", trace, "CD34567890123456", "01"),
            with("qw", trace, span, "01"),
            format!("00-{trace}-{span}"),
            format!("01+{trace}-{span}-02"),
            format!("01-{trace}+{span}-02"),
            format!("01-{trace}-{span}+02"),
            with("cc", trace, "123456789012345", "01"),
            "\u{e4}".repeat(55),
        ] {
            assert_eq!(goes_on(middle, [("traceparent", given.as_str())]).await, None, "{given:?}");
        }
        for name in ["trace-parent", "trace.parent"] {
            assert_eq!(goes_on(middle, [(name, SAMPLED)]).await, None, "{name}");
        }
        let other = SAMPLED.replacen("12", "13", 1);
        for second in [SAMPLED, other.as_str()] {
            let twice = [("traceparent", SAMPLED), ("traceparent", second)];
            assert_eq!(goes_on(middle, twice).await, None, "{second}");
        }
    });
}

/// The trace state that the next service gets, of these lines.
async fn state(middle: &Middle, lines: &[&str]) -> Option<String> {
    let lines = lines.iter().map(|&line| ("tracestate", line));
    let onwards = middle.ask([("traceparent", SAMPLED)].into_iter().chain(lines)).await;
    assert_eq!(onwards.parts("traceparent", '-')[1], TRACE, "a tracestate must not break the trace");
    onwards.get("tracestate").map(ToOwned::to_owned)
}

#[test]
fn valid_tracestates_are_passed_on() {
    let all = "0123456789abcdefghijklmnopqrstuvwxyz_-*/";
    let every_character = format!(
        "{all}= !\"#$%&'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{{|}}~"
    );
    let longest_key = format!("foo=1,{}=1", "z".repeat(256));
    let longest_tenant = format!("foo=1,{}@{}=1", "t".repeat(242), "v".repeat(13));
    let longest_system = format!("foo=1,{}@{}=1", "t".repeat(241), "v".repeat(14));
    let longest_value = format!("foo={}", "v".repeat(256));
    let longest_value_of_b = format!("b={}", "v".repeat(256));
    let longest_key_and_baz = format!("{longest_key},baz=3");
    let members: Vec<String> = (1..=32).map(|n| format!("bar{n:02}={n:02}")).collect();
    let many = members.join(",");
    walk(async |middle| {
        for (lines, expected) in [
            (vec!["foo=1,bar=2"], "foo=1,bar=2"),
            (vec!["foo=1", ""], "foo=1"),
            (vec!["", "foo=1"], "foo=1"),
            (vec!["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
            (vec!["foo=1,foo=1"], "foo=1"),
            (vec!["foo=1,foo=2"], "foo=1"),
            (vec!["foo=1", "foo=2"], "foo=1"),
            (vec![every_character.as_str()], every_character.as_str()),
            (vec!["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
            (vec!["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
            (vec!["\t foo=1 \t"], "foo=1"),
            (vec!["foo= 1"], "foo= 1"),
            (vec!["foo=1,"], "foo=1"),
            (vec!["foo=1, ,bar=2"], "foo=1,bar=2"),
            (vec![",,foo=1"], "foo=1"),
            (vec!["1special=1,a/b*c=d"], "1special=1,a/b*c=d"),
            (vec!["foo@=1,bar=2"], "foo@=1,bar=2"),
            (vec!["tenant@system=1"], "tenant@system=1"),
            (vec![longest_key.as_str()], longest_key.as_str()),
            (vec![longest_tenant.as_str()], longest_tenant.as_str()),
            (vec![longest_value.as_str()], longest_value.as_str()),
            (vec![many.as_str()], many.as_str()),
            // OpenTelemetry's type cannot hold these keys, which level 2 allows.
            (vec!["foo@@bar=1,bar=2"], "foo@@bar=1,bar=2"),
            (vec!["foo@bar@baz=1,bar=2"], "foo@bar@baz=1,bar=2"),
            (vec!["foo=1,t@vvvvvvvvvvvvvvv=1"], "foo=1,t@vvvvvvvvvvvvvvv=1"),
            (vec![longest_system.as_str()], longest_system.as_str()),
            // More than 512 characters: long members go first.
            (vec![longest_key.as_str(), "baz=3", longest_value_of_b.as_str()], longest_key_and_baz.as_str()),
        ] {
            assert_eq!(state(middle, &lines).await.as_deref(), Some(expected), "{lines:?}");
        }
        let traced = |name| [("traceparent", SAMPLED), (name, "foo=1")];
        for name in ["TraceState", "TrAcEsTaTe", "TRACESTATE"] {
            assert_eq!(middle.ask(traced(name)).await.get("tracestate"), Some("foo=1"), "{name}");
        }
    });
}

#[test]
fn invalid_tracestates_are_dropped() {
    let long_key = format!("foo=1,{}=1", "z".repeat(257));
    let long_value = format!("foo={}", "v".repeat(257));
    let members: Vec<String> = (1..=33).map(|n| format!("bar{n:02}={n:02}")).collect();
    let many = members.join(",");
    walk(async |middle| {
        for given in [
            "",
            ",",
            "foo =1",
            "FOO=1",
            "foo.bar=1",
            "@foo=1,bar=2",
            "foo=bar=baz",
            "foo==1",
            "foo=,bar=3",
            "=1",
            "foobarbaz",
            "foo=bar;test=test",
            "key1=value1,invalid$@#=invalid",
            "key1=value1,invalid",
            "foo=\u{e9}",
            long_key.as_str(),
            long_value.as_str(),
            many.as_str(),
        ] {
            assert_eq!(state(middle, &[given]).await, None, "{given:?}");
        }
        for name in ["trace-state", "trace.state"] {
            let onwards = middle.ask([("traceparent", SAMPLED), (name, "foo=1")]).await;
            assert_eq!(onwards.get("tracestate"), None, "{name}");
        }
        // Without a trace the state is dropped.
        assert_eq!(middle.ask([("tracestate", "foo=1")]).await.get("tracestate"), None);
        let broken = [("traceparent", "nonsense"), ("tracestate", "foo=1")];
        assert_eq!(middle.ask(broken).await.get("tracestate"), None);
    });
}

#[test]
fn each_request_has_a_trace_id_of_its_own() {
    walk(async |middle| {
        let mut spans = std::collections::HashSet::new();
        for _ in 0..3 {
            let onwards = middle.ask([("traceparent", SAMPLED)]).await;
            spans.insert(onwards.parts("traceparent", '-')[2].to_owned());
        }
        let mut traces = std::collections::HashSet::new();
        for _ in 0..3 {
            let onwards = middle.ask([]).await;
            // The flag says that the id is random.
            assert_eq!(onwards.parts("traceparent", '-')[3], "03");
            traces.insert(onwards.parts("traceparent", '-')[1].to_owned());
        }
        assert_eq!((spans.len(), traces.len()), (3, 3));
    });
}
