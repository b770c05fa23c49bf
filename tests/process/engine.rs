//! The pipeline in a process of its own: exporters, processors, hooks, and what the engine must stand.

use std::collections::HashSet;

use spanwise::testing::{Collector, Tree};

use crate::probe::{Running, complaints, run, said};

/// Runs the probe with a collector; the trees that arrived, and what it said.
fn exported_by(life: &str) -> (String, String) {
    let collector = Collector::start().expect("a collector");
    let output = run(&[life], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert!(output.status.success(), "{}", complaints(&output));
    let spans = collector.spans().into_iter().map(|received| received.span).collect();
    (Tree::new(spans).to_string(), said(&output))
}

#[test]
fn an_exporter_of_the_application_s_gets_the_sdk_s_spans() {
    let output = run(&["own-exporter"], &[]);
    let two = "inner Internal spanwise-tests\nwork Internal spanwise-tests\n";
    assert_eq!(said(&output), format!("Some(\"own\")\n{two}{two}4 spans: 4 exported\n"));
}

#[test]
fn an_exporter_that_refuses_and_panics_loses_its_batches_and_nothing_else() {
    let output = run(&["broken-exporter"], &[]);
    let said = said(&output);
    let lines: Vec<_> = said.lines().collect();
    let [refused, panicked, taken, report] = lines.as_slice() else { panic!("{said}") };
    assert!(refused.starts_with("Err(\"2 spans are dropped: "), "{refused}");
    assert!(
        panicked.starts_with("Err(\"2 spans are dropped: ") && panicked.contains("it panicked"),
        "{panicked}"
    );
    assert_eq!((*taken, *report), ("Ok(())", "6 spans: 2 exported, 4 rejected by the collector"));
    assert_eq!(complaints(&output).matches("the exporter given to the builder").count(), 1);
}

/// Then the SDK's own provider makes the spans, and our export is behind its processors.
#[test]
fn a_span_processor_of_the_sdk_s_is_taken() {
    let collector = Collector::start().expect("a collector");
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint()), ("OTEL_LOG_LEVEL", "debug")];
    let output = run(&["span-processor"], &environment);
    assert_eq!(said(&output), "seen inner\nseen work\nprocessor shut down\n2 spans: 2 exported\n");
    let spans: Vec<_> = collector.spans().into_iter().map(|received| received.span).collect();
    let by = |span: &spanwise::SpanRecord| span.attribute("by").map(ToString::to_string);
    assert!(spans.iter().all(|span| by(span).as_deref() == Some("the processor")), "{spans:#?}");
    assert_eq!(Tree::new(spans).to_string().matches("by=").count(), 2);
    assert!(complaints(&output).contains("detail: spans are recorded by OpenTelemetry's SDK"));
    let output = run(&["no-runtime"], &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOG_LEVEL", "debug")]);
    assert!(complaints(&output).contains("detail: spans are recorded by Spanwise's recorder"));
}

#[test]
fn hooks_enrich_redact_rename_and_drop() {
    let (tree, said) = exported_by("hook");
    assert_eq!(tree, "renamed open=true tenant=\"t1\"\n  panics tenant=\"t1\"\n");
    assert_eq!(said, "3 spans: 2 exported, 1 discarded as configured\n");
}

/// OpenTelemetry keeps 65,535 contexts. What is beyond is recorded all the same, and hangs on the last.
#[test]
fn more_spans_than_there_are_contexts_are_recorded() {
    let output = run(&["deep"], &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_BSP_MAX_QUEUE_SIZE", "1000000")]);
    assert!(output.status.success(), "{}", complaints(&output));
    assert_eq!(
        said(&output),
        "(70000, 70000, None)\n140004 spans: 0 exported, 140004 discarded as configured\n"
    );
}

#[cfg(unix)]
#[test]
fn a_process_and_its_copy_give_different_ids() {
    let output = run(&["fork"], &[("OTEL_TRACES_EXPORTER", "none")]);
    let said = said(&output);
    assert!(said.contains("child\n") && said.ends_with("parent true\n"), "{said}{}", complaints(&output));
    let ids: Vec<_> = said.lines().filter(|line| line.len() == 16).collect();
    assert_eq!(ids.len(), 100, "{said}");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 100, "{said}");
}

/// What has ended arrives, and the process ends as a shell expects it.
#[cfg(unix)]
#[test]
fn a_signal_ends_the_process_when_all_is_sent() {
    for (signal, status) in [("-TERM", 143), ("-INT", 130)] {
        let collector = Collector::start().expect("a collector");
        let mut probe =
            Running::start(&["signal"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
        assert_eq!(probe.line(), "started");
        let sent = std::process::Command::new("kill").args([signal, &probe.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
        assert_eq!(probe.status(), Some(status));
        assert_eq!(collector.spans().len(), 2);
    }
}

#[test]
fn lost_spans_are_told_where_that_is_asked_for() {
    // It is the builder's to ask: see `tests/process/spool.rs` for the rest of the last resorts.
    let (_socket, address) = spanwise_tests::nobody();
    let output = run(&["tells-lost"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))]);
    let complaints = complaints(&output);
    assert_eq!(complaints.matches("lost span trace_id=").count(), 2, "{complaints}");
    assert!(complaints.contains("name=\"inner\"") && complaints.contains("name=\"work\""), "{complaints}");
    let report = "2 spans: 0 exported, 2 dropped because no collector accepted them in time\n";
    assert_eq!(said(&output), report);
}

/// A caller that leaves the decision on sampling to us gets the sampler's, whoever makes the spans.
#[test]
fn a_decision_that_is_left_to_us_is_the_sampler_s_on_either_lane() {
    for lane in ["recorder", "sdk"] {
        for (sampler, is_sampled) in [("parentbased_always_on", true), ("parentbased_always_off", false)] {
            let environment = [
                ("OTEL_PROPAGATORS", "b3"),
                ("OTEL_TRACES_SAMPLER", sampler),
                ("OTEL_TRACES_EXPORTER", "none"),
            ];
            let output = run(&["undecided", lane], &environment);
            let told = said(&output);
            let last = told.lines().find(|line| line.contains("4bf92f3577b34da6a3ce929d0e0e4736"));
            let expected = format!("4bf92f3577b34da6a3ce929d0e0e4736 {is_sampled}");
            assert_eq!(last, Some(&*expected), "{lane} {sampler}: {told}{}", complaints(&output));
        }
    }
}
