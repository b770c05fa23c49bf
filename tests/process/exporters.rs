//! The exporters that `OTEL_TRACES_EXPORTER` names, alone and together.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use crate::probe::{run, stderr, stdout};

const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// The names of the spans in lines of OTLP JSON, in the order in which they ended.
fn names(lines: &str) -> Vec<String> {
    let requests = lines.lines().map(|line| {
        serde_json::from_str::<ExportTraceServiceRequest>(line).unwrap_or_else(|why| panic!("{why}: {line}"))
    });
    let resources = requests.flat_map(|request| request.resource_spans);
    let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
    spans.map(|span| span.name).collect()
}

#[test]
fn otlp_json_on_standard_output() {
    let output =
        run(&["no-runtime"], &[(EXPORTER, "otlp/stdout"), ("OTEL_SERVICE_NAME", "lines \"and\" all")]);
    let stdout = stdout(&output);
    let (lines, report) = stdout.trim_end().rsplit_once('\n').expect("lines and a report");
    assert_eq!(report, "2 spans: 2 exported");
    assert_eq!(names(lines), ["inner", "work"]);
    assert!(
        lines.contains(r#"{"key":"service.name","value":{"stringValue":"lines \"and\" all"}}"#),
        "{lines}"
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn several_exporters_each_get_all_spans_and_are_counted_once() {
    let output = run(&["no-runtime"], &[(EXPORTER, "console,otlp/stdout")]);
    let stdout = stdout(&output);
    let (lines, report) = stdout.trim_end().rsplit_once('\n').expect("lines and a report");
    assert_eq!((names(lines), report), (vec!["inner".to_owned(), "work".to_owned()], "2 spans: 2 exported"));
    let shown = stderr(&output);
    assert!(shown.starts_with("trace ") && shown.contains("└─ inner"), "{shown}");
}

#[test]
fn a_collector_beside_the_console_decides_the_counts() {
    // Nobody listens at this port.
    let collector = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let output = run(&["flush"], &[(EXPORTER, "console,otlp"), collector]);
    assert!(stdout(&output).starts_with("Err(NotDelivered { kept: 2, "), "{}", stdout(&output));
    assert!(stderr(&output).contains("└─ inner"), "{}", stderr(&output));
}

#[test]
fn former_exporters_are_answered_with_their_replacement() {
    for (name, warning) in [
        ("jaeger", "Jaeger accepts OTLP; set OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT="),
        (
            "zipkin",
            "an OpenTelemetry Collector with the exporter `zipkin` translates; set OTEL_TRACES_EXPORTER=otlp",
        ),
    ] {
        let output = run(&["no-runtime"], &[(EXPORTER, name)]);
        assert!(output.status.success());
        assert!(stderr(&output).contains(warning), "{}", stderr(&output));
        assert_eq!(stdout(&output), "2 spans: 2 exported\n", "on the console");
    }
}

#[test]
fn several_processes_can_write_to_a_file_that_only_its_owner_can_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("spans.jsonl");
    let path = file.to_str().expect("text");
    for _ in 0..2 {
        let output = run(&["to-file", path], &[]);
        assert_eq!(stdout(&output), "2 spans: 2 exported\n", "{}", stderr(&output));
    }
    let lines = std::fs::read_to_string(&file).expect("a file");
    assert_eq!(names(&lines), ["inner", "work", "inner", "work"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_missing_directory_is_warned_about_once_and_the_spans_are_counted_as_dropped() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("no/such/directory/spans.jsonl");
    let output = run(&["to-file", path.to_str().expect("text")], &[]);
    assert!(output.status.success());
    assert!(
        stdout(&output).contains("2 spans: 0 exported, 2 dropped because they could not be written"),
        "{}",
        stdout(&output)
    );
    let warning = stderr(&output);
    assert_eq!(warning.matches("cannot write spans to").count(), 1, "{warning}");
}
