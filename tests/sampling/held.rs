//! Processes that hold, cap and change their sampling.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::{SpanId, TraceId};
use spanwise::SpanRecord;
use spanwise::testing::Collector;

use crate::probe::{complaints, run, said};

/// What a process said of its spans: created, exported, discarded, discarded early, dropped.
fn numbers(line: &str) -> [u64; 5] {
    let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().expect(line)).collect();
    numbers.try_into().expect("five numbers")
}

/// Runs the probe with a collector: what arrived, and what it said.
fn life(what: &str) -> (Vec<SpanRecord>, Vec<String>, String) {
    let collector = Collector::start().expect("a collector");
    let output = run(&["sampling", what], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert!(output.status.success(), "{}", complaints(&output));
    let spans = collector.spans().into_iter().map(|received| received.span).collect();
    (spans, said(&output).lines().map(ToOwned::to_owned).collect(), complaints(&output))
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
    let said = |span: &&&SpanRecord| span.attribute("spanwise.kept").map(ToString::to_string);
    trace.iter().filter(|span| span.is_local_root()).map(|span| said(&span)).collect()
}

#[test]
fn a_failure_deep_down_on_another_thread_keeps_its_trace_and_no_other() {
    let (spans, said, _) = life("keep");
    let [report] = said.as_slice() else { panic!("others were told that it is sampled: {said:?}") };
    // Six spans in each of 50 traces; what a rule drops is not even recorded.
    assert_eq!(numbers(report), [300, 30, 270, 0, 0]);
    let traces = traces(&spans);
    assert_eq!(traces.len(), 5);
    for trace in traces.values() {
        assert_eq!((trace.len(), is_whole(trace)), (6, true), "{trace:#?}");
        assert_eq!(kept(trace), [Some("error".to_owned())]);
        assert!(trace.iter().all(|span| span.context.trace_flags().to_u8() == 2), "as others were told");
    }
}

#[test]
fn beside_a_head_sampler_failed_traces_are_all_there_and_the_others_are_its_share() {
    let (spans, said, _) = life("keep-beside-a-head-sampler");
    let [created, exported, discarded, early, dropped] = numbers(&said[0]);
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
    // 400 fair coins: Hoeffding's bound for a false alarm in 10⁹.
    assert!((200 - 66..=200 + 66).contains(&sampled), "{sampled}");
}

#[test]
fn under_pressure_traces_are_decided_early_and_counted_and_one_that_failed_is_kept() {
    let (spans, said, complaints) = life("pressure");
    let [created, exported, discarded, early, dropped] = numbers(&said[0]);
    assert_eq!((created, exported + discarded, dropped), (4_002, 4_002, 0));
    assert!(early > 1_000, "{early}");
    assert!(early < discarded, "the last ones have ended in time");
    assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["inner", "open"], "{spans:#?}");
    assert_eq!(complaints.matches("spans held for `KeepOnError`").count(), 1, "{complaints}");
}

#[test]
fn a_root_that_never_ends_does_not_keep_its_spans_from_being_decided() {
    let (spans, said, _) = life("never-ends");
    let lines: Vec<_> = said.iter().map(|line| numbers(line)).collect();
    assert_eq!(lines, [[2, 0, 1, 1, 0], [3, 1, 1, 1, 0], [3, 1, 2, 1, 0]]);
    assert_eq!(spans.len(), 1);
}

#[test]
fn a_sampler_of_all_spans_is_asked_for_those_under_one_that_is_held() {
    for what in ["rules", "rules-with-a-hook"] {
        let (spans, said, _) = life(what);
        // Two roots are held, and what a rule drops is not there.
        assert_eq!(numbers(&said[0]), [4, 2, 2, 0, 0], "{what}");
        assert!(spans.iter().all(|span| span.name == "checkout"), "{what}: {spans:#?}");
    }
}

#[test]
fn a_loop_does_not_cost_more_than_the_cap_and_says_what_it_would_have() {
    let (spans, said, complaints) = life("cap");
    let [first, second, report] = said.as_slice() else { panic!("{said:?}") };
    // A span, and four in each round.
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
    assert_eq!(
        complaints.matches("not recorded because their traces had too many").count(),
        1,
        "{complaints}"
    );
}

#[test]
fn the_sampler_of_a_running_process_is_changed() {
    let (spans, said, _) = life("adjust");
    assert_eq!(numbers(&said[0]), [3, 3, 0, 0, 0]);
    let mut names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["inner", "root", "root"]);
}

/// It has no way to hold spans back, nor to count them.
#[test]
fn beside_a_span_processor_neither_is_heeded_and_samplers_are() {
    let (spans, said, complaints) = life("processor");
    assert_eq!(numbers(&said[0]), [2, 2, 0, 0, 0]);
    assert!(spans.iter().all(|span| span.context.trace_state().header() == "ot=th:0"), "{spans:#?}");
    for word in ["max_spans_per_trace", "keep_on_error"] {
        assert_eq!(complaints.matches(&format!("`{word}` is ignored")).count(), 1, "{complaints}");
    }
}
