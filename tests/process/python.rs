//! A service in Python, with OpenTelemetry's own SDK, between two of Spanwise, in each format that both support.
//!
//! Needs Python 3 with `venv`, and the packages of `tests/programs/python/requirements.txt`, which it installs once, into a
//! virtual environment below `target`. Without them the test prints why it is skipped; with `SPANWISE_PYTHON=required` it
//! fails.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use opentelemetry::trace::{SpanId, SpanKind};
use spanwise::testing::{Collector, ReceivedSpan};

use crate::probe::{self, Running};
use crate::required::or_skip;

/// The service's process. Killed when dropped.
struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start(python: &Path, next: &str, environment: &[(&str, &str)]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/python/service.py");
        let mut process = Command::new(python)
            .arg(script)
            .arg(next)
            .envs(environment.iter().copied())
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut url = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut url).expect("its address");
        Self { process, url: url.trim().to_owned() }
    }

    /// Lets it export its spans and end.
    fn stop(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("an end").success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The Python of the virtual environment, which is made if needed. Without one the test prints why it is skipped, or fails
/// if Python is required.
pub(crate) fn python() -> Option<PathBuf> {
    // Two tests in one process need it.
    static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(make);
    or_skip(&PYTHON, "Python", "SPANWISE_PYTHON").cloned()
}

/// Makes the virtual environment, or returns why it cannot.
fn make() -> Result<PathBuf, String> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/python/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).expect("ours");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let made = home.join("made-of.txt");
    if std::fs::read_to_string(&made).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    let run = |command: &mut Command| {
        let output = command.output().map_err(|why| format!("{command:?}: {why}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))?;
    std::fs::write(&made, wanted).map_err(|why| why.to_string())?;
    Ok(python)
}

#[test]
fn a_trace_goes_through_a_python_service_in_every_format() {
    let Some(python) = python() else { return };
    for propagators in ["tracecontext,baggage", "b3", "b3multi", "jaeger"] {
        let collector = Collector::start().expect("a collector");
        let endpoint = collector.endpoint();
        let environment = |name| {
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
                ("OTEL_PROPAGATORS", propagators),
                ("OTEL_SERVICE_NAME", name),
            ]
        };
        let mut callee = Running::start(&["callee"], &environment("callee"));
        let service = Service::start(&python, &callee.line(), &environment("python"));
        let caller = probe::run(&["caller", &service.url], &environment("caller"));
        assert_eq!(probe::stdout(&caller), "200\n500\n", "{propagators}: {}", probe::stderr(&caller));
        service.stop();
        let (report, stderr) = callee.stop();
        assert_eq!((report.as_str(), stderr.as_str()), ("8 spans: 8 exported\n", ""), "{propagators}");
        check(&collector.spans(), propagators);
    }
}

/// Each request is one trace through all three services.
fn check(spans: &[ReceivedSpan], propagators: &str) {
    let asked: Vec<_> = of(spans, "caller", SpanKind::Client).collect();
    assert_eq!(asked.len(), 2, "{propagators}");
    for asked in asked {
        let mut last = asked;
        for (service, kind) in
            [("python", SpanKind::Server), ("python", SpanKind::Client), ("callee", SpanKind::Server)]
        {
            let next = of(spans, service, kind.clone())
                .find(|one| one.span.parent_span_id == last.span.context.span_id());
            let next =
                next.unwrap_or_else(|| panic!("{propagators}: the trace ends before {service}, {kind:?}"));
            assert_eq!(next.span.context.trace_id(), asked.span.context.trace_id(), "{propagators}");
            last = next;
        }
    }
    // Baggage, in the two formats that carry it.
    let carries = propagators.contains("baggage") || propagators == "jaeger";
    for answered in of(spans, "python", SpanKind::Server) {
        let tenant = answered.span.attribute("baggage.tenant").map(ToString::to_string);
        assert_eq!(tenant.as_deref(), carries.then_some("a, b=c%"), "{propagators}");
    }
    let roots = spans.iter().filter(|one| one.span.parent_span_id == SpanId::INVALID);
    assert_eq!(roots.count(), 2, "{propagators}");
}

fn of<'a>(
    spans: &'a [ReceivedSpan],
    service: &'a str,
    kind: SpanKind,
) -> impl Iterator<Item = &'a ReceivedSpan> {
    spans.iter().filter(move |one| one.service == service && one.span.kind == kind)
}
