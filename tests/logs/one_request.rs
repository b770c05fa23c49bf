//! One request across two services, each a process: its trace id finds all log lines of both.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use crate::logfmt;

/// The service's program, without this process's settings.
pub(crate) fn service(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logging-service"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start(arguments: &[&str]) -> Self {
        let mut process = service(arguments).spawn().expect("it starts");
        let mut address = String::new();
        let stdout = process.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut address).expect("a line");
        Self { process, address: format!("http://{}", address.trim()) }
    }

    /// Stops it, and returns the lines that it logged.
    fn stop(mut self) -> Vec<String> {
        drop(self.process.stdin.take());
        let mut logged = String::new();
        self.process.stderr.take().expect("a pipe").read_to_string(&mut logged).expect("text");
        assert!(self.process.wait().expect("an end").success(), "{logged}");
        logged.lines().map(str::to_owned).collect()
    }
}

/// The members of a line of this format.
fn fields(format: &str, line: &str) -> Vec<(String, String)> {
    match format {
        "json" | "env_logger-json" => {
            let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let text =
                |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            object
                .as_object()
                .expect("an object")
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect()
        }
        "logfmt" => logfmt::parsed(line),
        _ => {
            let pairs = line.split_whitespace().filter_map(|word| word.split_once('='));
            pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        }
    }
}

async fn all_lines_are_found(format: &str) {
    let back = Service::start(&[format]);
    let front = Service::start(&[format, &back.address]);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut traces = Vec::new();
    for _ in 0..2 {
        let answer = http.get(&front.address).send().await.expect("an answer");
        traces.push(answer.text().await.expect("the trace's id"));
    }
    let (front, back) = (front.stop(), back.stop());
    assert!(traces[0].len() == 32 && traces[0] != traces[1], "{traces:?}");
    for trace in &traces {
        let found = |lines: &[String], texts: &[&str]| {
            let of_trace: Vec<_> = lines.iter().filter(|line| line.contains(trace.as_str())).collect();
            assert_eq!(of_trace.len(), texts.len(), "{format}: {lines:#?}");
            let mut spans = Vec::new();
            for (line, text) in of_trace.iter().zip(texts) {
                assert!(line.contains(text), "{format}: {line}");
                let fields = fields(format, line);
                assert_eq!(logfmt::get(&fields, "trace_id").as_ref(), Some(trace), "{format}: {line}");
                assert_eq!(logfmt::get(&fields, "trace_flags").as_deref(), Some("03"), "{format}: {line}");
                spans.push(logfmt::get(&fields, "span_id").expect("a span"));
            }
            spans
        };
        let spans = found(&front, &["asked", "passing on", "answered"]);
        assert!(spans[0] == spans[2] && spans[0] != spans[1], "{format}: {spans:?}");
        found(&back, &["asked", "answered"]);
    }
    // All other lines are from outside of any request.
    let outside = |lines: &[String]| lines.iter().filter(|line| !line.contains("trace_id")).count();
    assert_eq!((outside(&front), outside(&back)), (1, 1), "{format}: {front:#?} {back:#?}");
}

#[test]
fn in_each_format() {
    spanwise_tests::block_on(async {
        for format in ["text", "json", "logfmt", "trace_ids", "env_logger-json", "env_logger", "log-kv"] {
            all_lines_are_found(format).await;
        }
    });
}
