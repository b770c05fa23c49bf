//! Processes that hold spans until their trace is decided, cap traces, and change their sampler.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::{SpanId, TraceId};
use spanwise::testing::Collector;
use spanwise::testing::SpanRecord;

use crate::probe::{run, stderr, stdout};

/// The counts that a process prints: created, exported, discarded, discarded early, dropped.
fn numbers(line: &str) -> [u64; 5] {
    let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().expect(line)).collect();
    numbers.try_into().expect("five numbers")
}

/// Runs the probe with a collector. Returns the spans that arrived, and the lines of both outputs.
fn life(what: &str) -> (Vec<SpanRecord>, Vec<String>, String) {
    let collector = Collector::start().expect("a collector");
    let output = run(&["sampling", what], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert!(output.status.success(), "{}", stderr(&output));
    let spans = collector.spans().into_iter().map(|received| received.span).collect();
    (spans, stdout(&output).lines().map(ToOwned::to_owned).collect(), stderr(&output))
}

fn traces(spans: &[SpanRecord]) -> HashMap<TraceId, Vec<&SpanRecord>> {
    let mut traces: HashMap<TraceId, Vec<&SpanRecord>> = HashMap::new();
    for span in spans {
        traces.entry(span.context.trace_id()).or_default().push(span);
    }
    traces
}

fn is_whole(trace: &[&SpanRecord]) -> bool {
    let here: HashSet<SpanId> = trace.iter().map(|span| span.context.span_id()).collect();
    trace.iter().all(|span| span.is_local_root() || here.contains(&span.parent_span_id))
}

fn kept(trace: &[&SpanRecord]) -> Vec<Option<String>> {
    let kept_for = |span: &&&SpanRecord| span.attribute("spanwise.kept").map(ToString::to_string);
    trace.iter().filter(|span| span.is_local_root()).map(|span| kept_for(&span)).collect()
}

#[test]
fn a_failure_on_another_thread_keeps_its_trace_and_no_other() {
    let (spans, stdout, _) = life("keep");
    let [report] = stdout.as_slice() else { panic!("the headers say that it is sampled: {stdout:?}") };
    // Six spans in each of 50 traces. Spans that a rule drops are not recorded at all.
    assert_eq!(numbers(report), [300, 30, 270, 0, 0]);
    let traces = traces(&spans);
    assert_eq!(traces.len(), 5);
    for trace in traces.values() {
        assert_eq!((trace.len(), is_whole(trace)), (6, true), "{trace:#?}");
        assert_eq!(kept(trace), [Some("error".to_owned())]);
        assert!(trace.iter().all(|span| span.context.trace_flags().to_u8() == 2), "as in the headers");
    }
}

#[test]
fn with_a_head_sampler_all_failed_traces_are_kept_and_its_share_of_the_others() {
    let (spans, stdout, _) = life("keep-beside-a-head-sampler");
    let [created, exported, discarded, early, dropped] = numbers(&stdout[0]);
    assert_eq!((created, exported + discarded, early, dropped), (800, 800, 0, 0));
    let traces = traces(&spans);
    assert_eq!(spans.len() as u64, exported);
    let (mut failed, mut sampled) = (0, 0);
    for trace in traces.values() {
        let is_sampled = trace[0].context.is_sampled();
        let has_failed = trace.iter().any(|span| span.is_error());
        assert!(trace.len() == 2 && (is_sampled || has_failed), "{trace:#?}");
        assert_eq!(kept(trace), [(!is_sampled).then(|| "error".to_owned())]);
        let state = trace[0].context.trace_state().header();
        assert_eq!(state, if is_sampled { "ot=th:8" } else { "" }, "what is kept stands for nothing else");
        failed += u32::from(has_failed);
        sampled += u32::from(is_sampled);
    }
    assert_eq!(failed, 100);
    // 400 fair coins; by Hoeffding's bound, one false alarm in 10⁹ runs.
    assert!((200 - 66..=200 + 66).contains(&sampled), "{sampled}");
}

#[test]
fn under_memory_pressure_traces_are_decided_early_and_failed_ones_are_kept() {
    let (spans, stdout, stderr) = life("pressure");
    let [created, exported, discarded, early, dropped] = numbers(&stdout[0]);
    assert_eq!((created, exported + discarded, dropped), (4_002, 4_002, 0));
    assert!(early > 1_000, "{early}");
    assert!(early < discarded, "the last ones have ended in time");
    assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["inner", "open"], "{spans:#?}");
    assert_eq!(stderr.matches("spans held for `KeepOnError`").count(), 1, "{stderr}");
}

#[test]
fn spans_under_a_root_that_never_ends_are_decided() {
    let (spans, stdout, _) = life("never-ends");
    let lines: Vec<_> = stdout.iter().map(|line| numbers(line)).collect();
    assert_eq!(lines, [[2, 0, 1, 1, 0], [3, 1, 1, 1, 0], [3, 1, 2, 1, 0]]);
    assert_eq!(spans.len(), 1);
}

#[test]
fn a_sampler_of_all_spans_is_asked_under_held_spans() {
    for what in ["rules", "rules-with-a-hook"] {
        let (spans, stdout, _) = life(what);
        // Two roots are held; the spans that a rule drops are not recorded.
        assert_eq!(numbers(&stdout[0]), [4, 2, 2, 0, 0], "{what}");
        assert!(spans.iter().all(|span| span.name == "checkout"), "{what}: {spans:#?}");
    }
}

#[test]
fn a_trace_is_capped_and_the_dropped_spans_are_counted() {
    let (spans, stdout, stderr) = life("cap");
    let [first, second, report] = stdout.as_slice() else { panic!("{stdout:?}") };
    // One span, and four in each round.
    assert_eq!(numbers(report), [401 + 13, 20, 0, 0, 391 + 3]);
    let traces = traces(&spans);
    for (header, beyond) in [(first, "391"), (second, "3")] {
        let trace = traces.values().find(|trace| header.contains(&trace[0].context.trace_id().to_string()));
        let trace = trace.expect("it arrived");
        assert_eq!((trace.len(), is_whole(trace)), (10, true));
        let root = trace.iter().find(|span| span.is_local_root()).expect("a root");
        assert_eq!(
            root.attribute("spanwise.dropped_spans").map(ToString::to_string).as_deref(),
            Some(beyond)
        );
        assert!(header.ends_with("-03") && header.contains(&root.context.span_id().to_string()), "{header}");
    }
    assert_eq!(stderr.matches("not recorded because their traces had too many").count(), 1, "{stderr}");
}

#[test]
fn the_sampler_of_a_running_process_is_changed() {
    let (spans, stdout, _) = life("adjust");
    assert_eq!(numbers(&stdout[0]), [3, 3, 0, 0, 0]);
    let mut names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["inner", "root", "root"]);
}

/// A span processor can neither hold spans back nor count them.
#[test]
fn with_a_span_processor_samplers_apply_and_holds_and_caps_do_not() {
    let (spans, stdout, stderr) = life("processor");
    assert_eq!(numbers(&stdout[0]), [2, 2, 0, 0, 0]);
    assert!(spans.iter().all(|span| span.context.trace_state().header() == "ot=th:0"), "{spans:#?}");
    for word in ["max_spans_per_trace", "keep_on_error"] {
        assert_eq!(stderr.matches(&format!("`{word}` is ignored")).count(), 1, "{stderr}");
    }
}
