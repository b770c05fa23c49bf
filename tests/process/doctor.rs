//! The doctor's report: the whole text once, and its result for each common problem.

use std::net::TcpListener;

use axum::Router;
use axum::routing::any;
use spanwise::testing::Collector;

use crate::probe::{run, stderr, stdout};
use crate::scripted::Scripted;

/// The whole text, without what differs from run to run.
#[test]
fn the_whole_report() {
    let collector = Collector::start().expect("a collector");
    let endpoint = collector.endpoint();
    let port = collector.address().port().to_string();
    let output = run(
        &["doctor"],
        &[
            ("OTEL_SERVICE_NAME", "orders"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "team=%1b[2Jcheckout,deployment.api_key=s3cret,db=postgres://u:s3cret@h/x",
            ),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
            ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "-----BEGIN PRIVATE KEY-----\ns3cret"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.trim_start_matches("http://")),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret,b roken"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "rar"),
            ("OTEL_PROPAGATORS", "tracecontext,baggage,b3"),
            ("OTEL_BSP_SCHEDULE_DELAY", "1000"),
            ("OTEL_ATTRIBUTE_COUNT_LIMIT", "64"),
            ("OTEL_CONFIG_FILE", "/etc/otel.yaml"),
        ],
    );
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    assert!(!text.contains("s3cret"), "{text}");
    let spans = collector.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].span.name, "spanwise doctor");
    let trace = spans[0].span.context.trace_id().to_string();
    let text = text.replace(&trace, "<trace>").replace(&port, "<port>");
    let text: Vec<_> = text
        .lines()
        .map(|line| match line.split_once(" within ") {
            Some((before, after)) => {
                format!("{before} within <time>{}", after.split_once(':').map_or("", |(_, rest)| rest))
            }
            // The columns are as wide as the port's number of digits.
            None if line.contains("<port>") => line.split_whitespace().collect::<Vec<_>>().join(" "),
            None => line.trim_end().to_owned(),
        })
        .collect();
    let text = text.join("\n").replace(env!("CARGO_PKG_VERSION"), "0.0.0") + "\n";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/process/doctor.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(file, &text).expect("the file of this test");
    }
    let expected = std::fs::read_to_string(file).expect("the file of this test").replace("\r\n", "\n");
    assert!(text == expected, "with UPDATE_SNAPSHOTS=1 this is taken for right:\n{text}");
}

/// The section about the span that is sent, and whether the doctor finds everything healthy.
fn sent(environment: &[(&str, &str)]) -> (String, bool) {
    let output = run(&["doctor"], environment);
    let text = stdout(&output);
    let (_, sent) = text.split_once("\nTest span\n").unwrap_or_else(|| panic!("{text}{}", stderr(&output)));
    let (sent, health) = sent.split_once("\nhealthy: ").expect("the probe says it");
    (sent.to_owned(), health.trim() == "true")
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HTTP: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");

fn is_not_taken(environment: &[(&str, &str)], advice: &str) {
    let (text, is_healthy) = sent(environment);
    assert!(!is_healthy && text.contains("NOT accepted by"), "{text}");
    assert!(text.contains(advice), "{advice} is not in {text}");
}

#[test]
fn nobody_listens_at_the_port() {
    // A port that was free just now.
    let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let endpoint = format!("http://{address}");
    is_not_taken(&[(ENDPOINT, &endpoint)], "nothing listens at this address: is the collector running");
    is_not_taken(&[(ENDPOINT, &endpoint), HTTP], "nothing listens at this address: is the collector running");
}

#[test]
fn an_unknown_host_name() {
    is_not_taken(&[(ENDPOINT, "http://nowhere.invalid:4317")], "this host name cannot be resolved");
}

#[test]
fn no_answer() {
    // The kernel accepts the connection, and nobody answers.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    for protocol in [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), HTTP] {
        let environment = [(ENDPOINT, &*endpoint), protocol, ("OTEL_EXPORTER_OTLP_TIMEOUT", "300")];
        is_not_taken(&environment, "no response arrives in time");
    }
}

#[test]
fn the_port_of_the_other_protocol() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().fallback(any(async || http::StatusCode::NOT_FOUND));
    runtime.spawn(async { axum::serve(listener, app).await });
    // A server that speaks HTTP/1.1.
    is_not_taken(&[(ENDPOINT, &endpoint)], "does not speak OTLP/gRPC, whose usual port is 4317");
    is_not_taken(&[(ENDPOINT, &endpoint), HTTP], "does not accept traces at this path");
    // A server that speaks gRPC.
    let collector = Collector::start().expect("a collector");
    is_not_taken(&[(ENDPOINT, &collector.endpoint()), HTTP], "the usual port of OTLP/HTTP is 4318");
    // The running program says the same.
    for (endpoint, protocol, advice) in [
        (&*endpoint, "grpc", "(the server does not speak OTLP/gRPC, whose usual port is 4317"),
        (&*endpoint, "http/protobuf", "(the server does not accept traces at this path"),
        (&*collector.endpoint(), "http/protobuf", "the usual port of OTLP/HTTP is 4318"),
    ] {
        let environment = [(ENDPOINT, endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
        let errors = stderr(&run(&["flush"], &environment));
        assert_eq!(errors.matches(advice).count(), 1, "{errors}");
    }
}

#[test]
fn an_address_is_shown_with_its_path_and_without_its_query() {
    let mut collector = Scripted::start();
    let endpoint = format!("{}/a/path?token=s3cret", collector.endpoint());
    let (report, _) = sent(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint), HTTP]);
    assert!(report.contains(&format!("{}/a/path", collector.endpoint())), "{report}");
    assert!(!report.contains("s3cret"), "{report}");
    collector.command("serve healthy");
}

#[test]
fn a_collector_that_is_busy_or_refuses_the_span() {
    let mut collector = Scripted::start();
    let endpoint = collector.endpoint();
    for protocol in [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), HTTP] {
        collector.command("serve unavailable");
        is_not_taken(&[(ENDPOINT, &endpoint), protocol], "is running but busy");
        collector.command("serve unauthenticated");
        is_not_taken(
            &[(ENDPOINT, &endpoint), protocol],
            "set it in OTEL_EXPORTER_OTLP_HEADERS, as `name=value`",
        );
        collector.command("serve healthy");
        let (text, is_healthy) = sent(&[(ENDPOINT, &endpoint), protocol]);
        assert!(is_healthy && text.contains("accepted by"), "{text}");
    }
}

/// The doctor leaves nothing behind, and the program records as usual afterwards.
#[test]
fn the_program_may_go_on() {
    let collector = Collector::start().expect("a collector");
    let output = run(&["doctor-and-on"], &[(ENDPOINT, &collector.endpoint())]);
    assert_eq!(stdout(&output), "2 spans: 2 exported\n", "{}", stderr(&output));
    let mut names: Vec<_> =
        collector.spans().into_iter().map(|received| received.span.name.into_owned()).collect();
    names.sort();
    assert_eq!(names, ["inner", "spanwise doctor", "work"]);
}

#[test]
fn no_collector_is_configured() {
    for (exporter, expected) in [
        (
            "",
            "traces are written to standard error; OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 sends them",
        ),
        (
            "console",
            "traces are written to standard error; OTEL_TRACES_EXPORTER=otlp, or `exporters` in the code, sends",
        ),
        ("console,otlp/stdout", "traces are written to standard error and standard output"),
        ("none", "not sent: the exporter is `none`"),
    ] {
        let (text, is_healthy) = sent(&[("OTEL_TRACES_EXPORTER", exporter)]);
        assert!(is_healthy && text.contains(expected), "{text}");
    }
    let (text, _) = sent(&[("OTEL_SDK_DISABLED", "true"), (ENDPOINT, "http://localhost:4317")]);
    assert!(text.contains("not sent: recording is disabled"), "{text}");
}
