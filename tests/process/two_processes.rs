//! A request from one process to another, both exporting to one collector over real gRPC.

use std::collections::HashMap;

use spanwise::testing::{Collector, ReceivedSpan, Tree};

use crate::probe::{self, Running};

#[test]
fn the_spans_of_two_processes_are_one_trace() {
    let collector = Collector::start().expect("a collector");
    let endpoint = collector.endpoint();
    let environment =
        |name| [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", name)];
    let mut callee = Running::start(&["callee"], &environment("callee"));
    let url = callee.line();
    let caller = probe::run(&["caller", &url], &environment("caller"));
    assert_eq!(probe::stdout(&caller), "200\n500\n", "{}", probe::stderr(&caller));
    let (report, stderr) = callee.stop();
    // Two spans of the servers, two of the answers, and four of the work.
    assert_eq!((report.as_str(), stderr.as_str()), ("8 spans: 8 exported\n", ""));

    let mut traces: HashMap<_, Vec<ReceivedSpan>> = HashMap::new();
    for received in collector.spans() {
        traces.entry(received.span.context.trace_id()).or_default().push(received);
    }
    let mut trees: Vec<String> = traces
        .values()
        .map(|spans| {
            let mut tree = Tree::new(spans.iter().map(|received| received.span.clone()).collect());
            for changes in ["url.full", "server.", "network.", "user_agent.", "url.scheme", "error.type"] {
                tree = tree.without(changes);
            }
            tree.to_string()
        })
        .collect();
    trees.sort();
    assert_eq!(
        trees,
        [
            "ask\n  GET [client] http.request.method=\"GET\" http.response.status_code=200\n    GET /answer/{how} \
             [server] http.request.method=\"GET\" url.path=\"/answer/well\" http.route=\"/answer/{how}\" \
             http.response.status_code=200\n      answer\n        work_async\n          inner\n",
            "ask\n  GET [client] http.request.method=\"GET\" http.response.status_code=500 ✗\n    GET /answer/{how} \
             [server] http.request.method=\"GET\" url.path=\"/answer/badly\" http.route=\"/answer/{how}\" \
             http.response.status_code=500 ✗\n      answer ✗ \"as asked\"\n        • exception \
             exception.type=\"alloc::string::String\" exception.message=\"as asked\"\n        work_async\n          \
             inner\n",
        ]
    );
    for spans in traces.values() {
        check_links_between_processes(spans);
    }
}

/// The server's span is the only one of its process with a remote parent, which is the client's span.
fn check_links_between_processes(spans: &[ReceivedSpan]) {
    let of = |service: &str, name: &str| {
        let mut found = spans.iter().filter(|one| one.service == service && one.span.name.starts_with(name));
        let one = found.next().expect("a span");
        assert!(found.next().is_none());
        one
    };
    let (client, server) = (of("caller", "GET"), of("callee", "GET /answer"));
    assert_eq!(server.span.parent_span_id, client.span.context.span_id());
    for received in spans {
        let crosses = received.span.context.span_id() == server.span.context.span_id();
        assert_eq!(received.span.parent_is_remote, crosses, "{}", received.span.name);
    }
    let resource = |received: &ReceivedSpan, key: &str| {
        received.resource.iter().find(|one| one.key.as_str() == key).map(|one| one.value.to_string())
    };
    assert_eq!(resource(client, "telemetry.sdk.language").as_deref(), Some("rust"));
    assert!(resource(client, "host.name").is_some_and(|name| !name.is_empty()));
    assert_ne!(resource(client, "process.pid"), resource(server, "process.pid"));
    assert_eq!(of("callee", "answer").span.scope.name(), "spanwise-tests");
    assert_eq!(server.span.scope.name(), "spanwise");
}

/// No context is sent, and none is read.
#[test]
fn without_propagators_each_process_has_a_trace_of_its_own() {
    let collector = Collector::start().expect("a collector");
    let endpoint = collector.endpoint();
    let environment = |name| {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_SERVICE_NAME", name),
            ("OTEL_PROPAGATORS", "none"),
        ]
    };
    let mut callee = Running::start(&["callee"], &environment("callee"));
    let caller = probe::run(&["caller", &callee.line()], &environment("caller"));
    assert_eq!(probe::stdout(&caller), "200\n500\n", "{}", probe::stderr(&caller));
    callee.stop();
    let traces: std::collections::HashSet<_> =
        collector.spans().iter().map(|received| received.span.context.trace_id()).collect();
    assert_eq!(traces.len(), 4);
}
