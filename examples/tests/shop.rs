//! The shop, run as a newcomer runs it.

mod started;

use std::io::Read as _;
use std::process::{Command, Output, Stdio};

use spanwise::testing::Collector;

use crate::started::example;

fn shop() -> Command {
    example("shop")
}

fn run(command: &mut Command) -> (Output, String) {
    let output = command.output().expect("the shop runs");
    let said = String::from_utf8(output.stdout.clone()).expect("text");
    (output, said)
}

/// The part of the output about one request.
fn about<'a>(said: &'a str, item: &str) -> &'a str {
    let start = said.find(&format!("POST /checkout/{item} →")).expect("the request is there");
    let rest = &said[start..];
    let end = rest[1..].find("\nPOST /checkout/").map_or(rest.len(), |end| end + 1);
    &rest[..end]
}

fn trace_id(about: &str) -> &str {
    let start = about.find("trace ").expect("a trace") + "trace ".len();
    &about[start..start + 32]
}

#[test]
fn each_request_is_one_trace_with_its_log_lines() {
    let (output, said) = run(&mut shop());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains('\u{1b}'), "plain where it is piped");

    let tea = about(&said, "tea");
    // The branches of the tree, each span under its parent in another process.
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

    let yacht = about(&said, "yacht");
    let arose = yacht.lines().find(|line| line.contains("authorize card")).expect("a span");
    assert!(arose.contains("✗ card declined"), "{arose}");
    assert!(yacht.starts_with("POST /checkout/yacht → 502"));
    assert!(about(&said, "piano").contains("check fraud"));
    assert!(about(&said, "unicorn").contains("✗ the shop has no unicorn"));
}

#[test]
fn the_log_lines_are_json_when_asked_for() {
    let (output, said) = run(shop().env("SHOP_LOGS", "json"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let yacht = about(&said, "yacht");
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
fn a_log_format_that_is_none_is_told() {
    let (output, _) = run(shop().env("SHOP_LOGS", "xml"));
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("SHOP_LOGS=\"xml\": not a log format"), "{complaint}");
}

#[test]
fn with_an_endpoint_set_the_spans_go_there() {
    let collector = Collector::start().expect("a collector");
    let (output, said) = run(shop().env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let spans = collector.spans();
    for item in ["tea", "piano", "yacht", "unicorn"] {
        let line = said.lines().find(|line| line.contains(item)).expect("a line");
        let id = line.trim_start().get(..32).expect("begins with the id");
        let of_it = spans.iter().filter(|received| received.span.context.trace_id().to_string() == id);
        assert!(of_it.count() >= 6, "{line}");
    }
    let insert =
        spans.iter().find(|received| received.span.name == "INSERT payments").expect("the database's span");
    let text = |key| insert.span.attribute(key).map(ToString::to_string);
    assert_eq!(text("db.system.name").as_deref(), Some("sqlite"));
    assert_eq!(text("db.query.text").as_deref(), Some("INSERT INTO payments (item, cents) VALUES (?1, ?2)"));
}

#[test]
fn an_endpoint_that_is_none_and_one_where_nobody_is_are_told() {
    let (output, said) = run(shop().env("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:1"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    // The requests are served all the same.
    assert!(said.contains("POST /checkout/tea → 200"), "{said}");
    assert!(
        complaint.contains("gateway: OTEL_EXPORTER_OTLP_ENDPOINT=\"localhost:1\" is no address"),
        "{complaint}"
    );

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (output, said) = run(shop()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "500"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("POST /checkout/tea → 200"), "{said}");
    assert!(complaint.contains("gateway: at shutdown"), "{complaint}");
    assert!(!output.status.success());
}

#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let (output, _) = run(shop().args(["--gateway-port", &port.to_string()]));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(complaint.contains("gateway did not start"), "{complaint}");
    assert!(complaint.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{complaint}");
}

#[test]
fn arguments_that_are_none_are_told() {
    for arguments in [&["--gateway-port", "http"][..], &["--help"], &["service", "bakery", "0"]] {
        let (output, _) = run(shop().args(arguments));
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("shop: "));
    }
}

/// What only Linux shows: which processes there are, and whose.
#[cfg(target_os = "linux")]
mod processes {
    use std::time::{Duration, Instant};

    use super::*;

    /// The processes whose environment holds this mark.
    fn marked(mark: &str) -> Vec<String> {
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

    /// Waits for what nothing tells: it has to be looked for again and again.
    fn until(mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_so() {
            assert!(Instant::now() < deadline, "waited for in vain");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts the shop, ends it with a signal once all three services are there, and waits until none of
    /// its processes is left.
    fn ended_by(signal: &str) -> std::process::ExitStatus {
        let mark = format!("SHOP_TEST_MARK={signal}-{}", std::process::id());
        let (name, value) = mark.split_once('=').expect("a variable");
        let mut shop =
            shop().env(name, value).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        // Itself and three services.
        until(|| {
            assert!(shop.try_wait().expect("a process").is_none(), "it ended before it could be interrupted");
            marked(&mark).len() >= 4
        });
        let killed = Command::new("kill").args([signal, &shop.id().to_string()]).status().expect("kill runs");
        assert!(killed.success());
        let status = shop.wait().expect("an end");
        let mut rest = String::new();
        shop.stderr.take().expect("a pipe").read_to_string(&mut rest).expect("text");
        until(|| marked(&mark).is_empty());
        status
    }

    #[test]
    fn an_interrupt_leaves_no_process_behind() {
        assert_eq!(ended_by("-INT").code(), Some(130));
    }

    /// The services notice that nobody holds their standard input any more.
    #[test]
    fn being_killed_leaves_no_process_behind() {
        assert_eq!(ended_by("-KILL").code(), None);
    }
}
