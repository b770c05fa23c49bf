//! The pipeline in a process: exporters, processors, hooks, and the limits of the engine.

use spanwise::testing::{Collector, Tree};

use crate::probe::{Running, run, stderr, stdout};

/// Runs the probe with a collector. Returns the trees that arrived, and standard output.
fn exported_by(life: &str) -> (String, String) {
    let collector = Collector::start().expect("a collector");
    let output = run(&[life], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert!(output.status.success(), "{}", stderr(&output));
    let spans = collector.spans().into_iter().map(|received| received.span).collect();
    (Tree::new(spans).to_string(), stdout(&output))
}

#[test]
fn an_exporter_of_the_application_gets_spans_of_the_sdk() {
    let output = run(&["own-exporter"], &[]);
    let two = "inner Internal spanwise-tests\nwork Internal spanwise-tests\n";
    assert_eq!(stdout(&output), format!("Some(\"own\")\n{two}{two}4 spans: 4 exported\n"));
}

#[test]
fn an_exporter_that_refuses_and_panics_loses_its_batches_and_nothing_else() {
    let output = run(&["broken-exporter"], &[]);
    let stdout = stdout(&output);
    let lines: Vec<_> = stdout.lines().collect();
    let [refused, panicked, taken, report] = lines.as_slice() else { panic!("{stdout}") };
    assert!(refused.starts_with("Err(\"2 spans are dropped: "), "{refused}");
    assert!(
        panicked.starts_with("Err(\"2 spans are dropped: ") && panicked.contains("it panicked"),
        "{panicked}"
    );
    assert_eq!((*taken, *report), ("Ok(())", "6 spans: 2 exported, 4 rejected by the collector"));
    assert_eq!(stderr(&output).matches("the exporter given to the builder").count(), 1);
}

/// The SDK's provider makes the spans then, and Spanwise exports them behind its processors.
#[test]
fn a_span_processor_of_the_sdk_is_used() {
    let collector = Collector::start().expect("a collector");
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint()), ("OTEL_LOG_LEVEL", "debug")];
    let output = run(&["span-processor"], &environment);
    assert_eq!(stdout(&output), "seen inner\nseen work\nprocessor shut down\n2 spans: 2 exported\n");
    let spans: Vec<_> = collector.spans().into_iter().map(|received| received.span).collect();
    let by = |span: &spanwise::testing::SpanRecord| span.attribute("by").map(ToString::to_string);
    assert!(spans.iter().all(|span| by(span).as_deref() == Some("the processor")), "{spans:#?}");
    assert_eq!(Tree::new(spans).to_string().matches("by=").count(), 2);
    assert!(stderr(&output).contains("detail: spans are recorded by OpenTelemetry's SDK"));
    let output = run(&["no-runtime"], &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOG_LEVEL", "debug")]);
    assert!(stderr(&output).contains("detail: spans are recorded by Spanwise's recorder"));
}

#[test]
fn hooks_enrich_redact_rename_and_drop() {
    let (tree, stdout) = exported_by("hook");
    assert_eq!(tree, "renamed open=true tenant=\"t1\"\n  panics tenant=\"t1\"\n");
    assert_eq!(stdout, "3 spans: 2 exported, 1 discarded as configured\n");
}

/// OpenTelemetry keeps 65,535 contexts. Spans beyond are recorded, as children of the last one.
#[test]
fn more_spans_than_contexts_are_recorded() {
    let output = run(&["deep"], &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_BSP_MAX_QUEUE_SIZE", "1000000")]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "(70000, 70000, None)\n140004 spans: 0 exported, 140004 discarded as configured\n"
    );
}

/// Spans that have ended arrive, and the exit status is the one that a shell expects.
#[cfg(unix)]
#[test]
fn a_signal_ends_the_process_after_all_is_sent() {
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
fn lost_spans_are_reported_on_request() {
    // The builder turns it on. `tests/process/spool.rs` tests what happens with a spool.
    let (_socket, address) = spanwise_tests::nobody();
    let output = run(&["reports-lost"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))]);
    let stderr = stderr(&output);
    assert_eq!(stderr.matches("lost span trace_id=").count(), 2, "{stderr}");
    assert!(stderr.contains("name=\"inner\"") && stderr.contains("name=\"work\""), "{stderr}");
    let report = "2 spans: 0 exported, 2 dropped because no collector accepted them in time\n";
    assert_eq!(stdout(&output), report);
}

/// A deferred decision is left to the sampler, on each lane.
#[test]
fn a_deferred_decision_is_left_to_the_sampler_on_each_lane() {
    for lane in ["recorder", "sdk"] {
        for (sampler, is_sampled) in [("parentbased_always_on", true), ("parentbased_always_off", false)] {
            let environment = [
                ("OTEL_PROPAGATORS", "b3"),
                ("OTEL_TRACES_SAMPLER", sampler),
                ("OTEL_TRACES_EXPORTER", "none"),
            ];
            let output = run(&["undecided", lane], &environment);
            let stdout = stdout(&output);
            let last = stdout.lines().find(|line| line.contains("4bf92f3577b34da6a3ce929d0e0e4736"));
            let expected = format!("4bf92f3577b34da6a3ce929d0e0e4736 {is_sampled}");
            assert_eq!(last, Some(&*expected), "{lane} {sampler}: {stdout}{}", stderr(&output));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_flush_and_a_shutdown_need_no_more_threads() {
    let (_, output) = exported_by("no-more-threads");
    assert_eq!(output, "Ok(())\n6 spans: 6 exported\n");
}

/// A handler that records spans loses some, in place of ending the process.
#[cfg(target_os = "linux")]
#[test]
fn spans_in_a_signal_handler_end_no_process() {
    let output = run(&["interrupted"], &[("OTEL_TRACES_EXPORTER", "none")]);
    let lines = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{lines}{}", stderr(&output));
    let number = |name: &str| -> u64 {
        let value = |line: &'_ str| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        lines.lines().find_map(value).expect("a number")
    };
    assert!(number("handled") > 100, "{lines}");
    // The thread's own counters are not atomic, so a handler may have been counted too little.
    let places = ["exported", "discarded", "dropped", "open", "buffered"].map(number);
    assert!(number("created").abs_diff(places.iter().sum()) <= number("handled"), "{lines}");
}

#[cfg(unix)]
#[test]
fn an_exit_without_destructors_exports_what_has_ended_if_asked_to() {
    let collector = Collector::start().expect("a collector");
    let output = run(&["exits"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(3), String::new()));
    assert_eq!(collector.spans().len(), 2);
}
