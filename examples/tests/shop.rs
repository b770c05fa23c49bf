//! Runs the shop as a newcomer does.

mod support;

use std::io::Read as _;
use std::process::{Command, Output, Stdio};

use spanwise::testing::Collector;

use crate::support::example;

fn shop() -> Command {
    example("shop")
}

fn run(command: &mut Command) -> (Output, String) {
    let output = command.output().expect("the shop runs");
    let stdout = String::from_utf8(output.stdout.clone()).expect("text");
    (output, stdout)
}

/// Returns the part of the output that belongs to one request.
fn section<'a>(stdout: &'a str, item: &str) -> &'a str {
    let start = stdout.find(&format!("POST /checkout/{item} →")).expect("the request is there");
    let rest = &stdout[start..];
    let end = rest[1..].find("\nPOST /checkout/").map_or(rest.len(), |end| end + 1);
    &rest[..end]
}

fn trace_id(section: &str) -> &str {
    let start = section.find("trace ").expect("a trace") + "trace ".len();
    &section[start..start + 32]
}

#[test]
fn each_request_is_one_trace_with_its_log_lines() {
    let (output, stdout) = run(&mut shop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!stdout.contains('\u{1b}'), "a pipe gets no colors");

    let tea = section(&stdout, "tea");
    // The left column: the services, and the tree of spans across them.
    let column = |line: &str| line.split('▕').next().map(|before| before.trim_end().to_owned());
    let spans: Vec<_> = tea.lines().filter(|line| line.contains('▕')).filter_map(column).collect();
    assert_eq!(
        spans,
        [
            "  gateway   POST /checkout/{item}",
            "  gateway   └─ place_order",
            "  gateway      └─ POST",
            "  orders          └─ POST /orders",
            "  orders             ├─ place",
            "  orders             │  ├─ price",
            "  orders             │  ├─ shop.Stock/Reserve",
            "  stock              │  │  └─ shop.Stock/Reserve",
            "  stock              │  │     └─ put aside",
            "  orders             │  ├─ POST",
            "  payments           │  │  └─ POST /payments",
            "  payments           │  │     └─ charge",
            "  payments           │  │        ├─ authorize card",
            "  payments           │  │        └─ INSERT payments",
            "  orders             │  └─ POST",
            "  invoices           │     └─ POST /invoices",
            "  invoices           │        └─ issue invoice",
            "  orders             └─ send confirmation",
        ]
    );
    assert!(tea.contains(" · 5 services\n"), "{tea}");
    let id = trace_id(tea);
    for (service, text) in [
        ("gateway", "checked out tea"),
        ("orders", "confirmation sent"),
        ("payments", "charged 350"),
        ("stock", "one tea put aside"),
        ("invoices", "an invoice is in the mail"),
    ] {
        let line = tea.lines().find(|line| line.contains(text)).expect("a log line");
        assert!(
            line.starts_with(&format!("  {service}")) && line.contains(&format!(" trace_id={id} span_id=")),
            "{line}"
        );
    }

    let yacht = section(&stdout, "yacht");
    let declined = yacht.lines().find(|line| line.contains("authorize card")).expect("a span");
    assert!(declined.contains("✗ card declined"), "{declined}");
    assert!(yacht.starts_with("POST /checkout/yacht → 502"));
    assert!(section(&stdout, "piano").contains("check fraud"));
    assert!(section(&stdout, "unicorn").contains("✗ the shop has no unicorn"));
}

#[test]
fn log_lines_are_json_on_request() {
    let (output, stdout) = run(shop().env("SHOP_LOGS", "json"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let yacht = section(&stdout, "yacht");
    let id = trace_id(yacht);
    let lines: Vec<(&str, serde_json::Value)> = yacht
        .lines()
        .filter_map(|line| line.trim_start().split_once("  {"))
        .map(|(service, rest)| (service.trim(), serde_json::from_str(&format!("{{{rest}")).expect("JSON")))
        .collect();
    let find = |service: &str, text: &str| {
        let is = |line: &&(&str, serde_json::Value)| {
            line.0 == service && line.1["message"].as_str().is_some_and(|message| message.contains(text))
        };
        &lines.iter().find(is).expect("a log line").1
    };
    for line in [
        find("stock", "one yacht put aside"),
        find("payments", "card declined"),
        find("gateway", "cannot check out yacht"),
    ] {
        assert_eq!(line["trace_id"], id);
        assert_eq!(line["span_id"].as_str().map(str::len), Some(16));
        assert_eq!(line["trace_flags"], "03");
    }
    let times: Vec<_> = lines.iter().map(|(_, line)| line["timestamp"].as_str().expect("a time")).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn an_unknown_log_format_is_reported() {
    let (output, _) = run(shop().env("SHOP_LOGS", "xml"));
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("SHOP_LOGS=\"xml\": not a log format"), "{stderr}");
}

#[test]
fn spans_go_to_the_endpoint_that_is_set() {
    let collector = Collector::start().expect("a collector");
    let (output, stdout) = run(shop().env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let spans = collector.spans();
    for item in ["tea", "piano", "yacht", "unicorn"] {
        let line = stdout.lines().find(|line| line.contains(item)).expect("a line");
        let id = line.trim_start().get(..32).expect("the line starts with the id");
        let of_request = spans.iter().filter(|received| received.span.context.trace_id().to_string() == id);
        assert!(of_request.count() >= 6, "{line}");
    }
    let insert =
        spans.iter().find(|received| received.span.name == "INSERT payments").expect("the database's span");
    let text = |key| insert.span.attribute(key).map(ToString::to_string);
    assert_eq!(text("db.system.name").as_deref(), Some("sqlite"));
    assert_eq!(text("db.query.text").as_deref(), Some("INSERT INTO payments (item, cents) VALUES (?1, ?2)"));
}

#[test]
fn a_malformed_and_an_unreachable_endpoint_are_reported() {
    let (output, stdout) = run(shop().env("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:1"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    // The requests succeed nevertheless.
    assert!(stdout.contains("POST /checkout/tea → 200"), "{stdout}");
    assert!(
        stderr.contains("gateway: OTEL_EXPORTER_OTLP_ENDPOINT=\"localhost:1\" is no address"),
        "{stderr}"
    );

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (output, stdout) = run(shop()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "500"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stdout.contains("POST /checkout/tea → 200"), "{stdout}");
    assert!(stderr.contains("gateway: at shutdown"), "{stderr}");
    assert!(!output.status.success());
}

#[test]
fn a_port_in_use_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let (output, _) = run(shop().args(["--gateway-port", &port.to_string()]));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(stderr.contains("gateway did not start"), "{stderr}");
    assert!(stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{stderr}");
}

#[test]
fn invalid_arguments_are_reported() {
    for arguments in [&["--gateway-port", "http"][..], &["--help"], &["service", "bakery", "0"]] {
        let (output, _) = run(shop().args(arguments));
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("shop: "));
    }
}

/// Looks for processes that the shop leaves behind, in `/proc`, which only Linux has.
#[cfg(target_os = "linux")]
mod processes {
    use std::time::{Duration, Instant};

    use super::*;

    /// Returns the ids of the processes whose environment contains this mark.
    fn processes_with(mark: &str) -> Vec<String> {
        std::fs::read_dir("/proc")
            .expect("Linux")
            .filter_map(Result::ok)
            .filter(|entry| {
                std::fs::read(entry.path().join("environ"))
                    .is_ok_and(|environment| String::from_utf8_lossy(&environment).contains(mark))
            })
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    /// Polls until the condition holds. There is no notification to wait for.
    fn wait_until(mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !condition() {
            assert!(Instant::now() < deadline, "the condition does not hold after 30 seconds");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts the shop, sends it a signal once three services run, and waits until all of its processes are
    /// gone.
    fn end_with(signal: &str) -> std::process::ExitStatus {
        let mark = format!("SHOP_TEST_MARK={signal}-{}", std::process::id());
        let (name, value) = mark.split_once('=').expect("a variable");
        let mut shop =
            shop().env(name, value).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        // The shop itself and three services.
        wait_until(|| {
            assert!(
                shop.try_wait().expect("a process").is_none(),
                "the shop ended before it was interrupted"
            );
            processes_with(&mark).len() >= 4
        });
        let killed = Command::new("kill").args([signal, &shop.id().to_string()]).status().expect("kill runs");
        assert!(killed.success());
        let status = shop.wait().expect("an end");
        let mut stderr = String::new();
        shop.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
        wait_until(|| processes_with(&mark).is_empty());
        status
    }

    #[test]
    fn an_interrupt_leaves_no_process_behind() {
        assert_eq!(end_with("-INT").code(), Some(130));
    }

    /// The services stop because the operator's end of their standard input is closed.
    #[test]
    fn being_killed_leaves_no_process_behind() {
        assert_eq!(end_with("-KILL").code(), None);
    }
}
