//! The pipeline from a span's end to the collector, and the ends of a process.

use std::error::Error;
use std::io::BufRead as _;
use std::path::Path;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};
use spanwise::hook::{Decision, SpanHook, SpanMut};
use spanwise::{Guard, instrument};

use crate::{say, work};

/// Records a span, and returns its id.
#[instrument]
fn identified() -> String {
    spanwise::current_span_id().unwrap_or_default()
}

/// Waits until something is true of the report. The time limit is so long that only a bug reaches it.
fn until(
    telemetry: &Guard,
    what: &str,
    is_true: impl Fn(&spanwise::setup::Report) -> bool,
) -> Result<(), String> {
    let began = Instant::now();
    while !is_true(&telemetry.report()) {
        if began.elapsed() > Duration::from_secs(30) {
            return Err(format!("not {what}: {:?}", telemetry.report()));
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// For each number on standard input, records this many spans, prints their ids, and `spooled` once all are on disk.
pub(crate) fn keeps_on_disk(directory: &str) -> Result<(), Box<dyn Error>> {
    let within = Duration::from_millis(300);
    let telemetry = spanwise::builder().spool(directory).shutdown_timeout(within).init()?;
    say("started");
    for line in std::io::stdin().lock().lines() {
        for _ in 0..line?.parse()? {
            say(identified());
        }
        // On disk, and not in flight.
        until(&telemetry, "on disk", |report| {
            report.open + report.buffered + report.kept + report.in_flight == 0 && report.dropped.total() == 0
        })?;
        say("spooled");
    }
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// Sends what other processes have left: at least this many spans.
pub(crate) fn sends_what_is_on_disk(directory: &str, least: &str) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().spool(directory).init()?;
    let least = least.parse()?;
    until(&telemetry, "sent", |report| report.adopted >= least && report.spooled + report.in_flight == 0)?;
    let entries = Path::new(directory).read_dir()?.filter_map(Result::ok).map(|entry| entry.path());
    let quarantined = entries.filter(|path| path.ends_with("quarantine")).flat_map(|path| path.read_dir());
    let quarantined = quarantined.flatten().count();
    say(telemetry.shutdown_blocking()?);
    say(format_args!("{quarantined} in quarantine"));
    Ok(())
}

/// Waits for a signal to end it.
pub(crate) fn ends_by_signal() -> Result<(), Box<dyn Error>> {
    let _telemetry = spanwise::builder().shutdown_on_signal(true).init()?;
    work();
    say("started");
    loop {
        std::thread::park();
    }
}

/// Prints the spans that it gets.
#[derive(Debug)]
struct Listing;

impl SpanExporter for Listing {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch {
            say(format_args!("{} {:?} {}", span.name, span.span_kind, span.instrumentation_scope.name()));
        }
        Ok(())
    }

    fn set_resource(&mut self, resource: &opentelemetry_sdk::Resource) {
        say(format_args!("{:?}", resource.get(&"service.name".into()).map(|name| name.to_string())));
    }
}

pub(crate) fn exports_by_an_exporter_of_its_own() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().service_name("own").exporter(Listing).init()?;
    work();
    telemetry.force_flush_blocking()?;
    work();
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// Refuses, panics and never returns, in turn.
#[derive(Debug, Default)]
struct Broken(std::sync::atomic::AtomicU8);

impl SpanExporter for Broken {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        match self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Err(opentelemetry_sdk::error::OTelSdkError::InternalFailure("no".to_owned())),
            1 => std::panic::panic_any("on purpose"),
            _ => Ok(()),
        }
    }
}

pub(crate) fn exports_by_a_broken_exporter() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().exporter(Broken::default()).init()?;
    for _ in 0..3 {
        work();
        say(format_args!("{:?}", telemetry.force_flush_blocking().map_err(|error| error.to_string())));
    }
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// A span processor that prints the spans it sees.
#[derive(Debug)]
struct Seen;

impl SpanProcessor for Seen {
    fn on_start(&self, span: &mut Span, _context: &Context) {
        use opentelemetry::trace::Span as _;
        span.set_attribute(opentelemetry::KeyValue::new("by", "the processor"));
    }

    fn on_end(&self, span: SpanData) {
        say(format_args!("seen {}", span.name));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _within: Duration) -> OTelSdkResult {
        say("processor shut down");
        Ok(())
    }
}

pub(crate) fn has_a_span_processor() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().span_processor(Seen).init()?;
    work();
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// A hook that enriches, redacts, renames and drops, and asserts what it must not see.
#[derive(Debug)]
struct Hook;

impl SpanHook for Hook {
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        use opentelemetry::baggage::BaggageExt as _;
        use opentelemetry::trace::TraceContextExt as _;
        if let Some(tenant) = parent.baggage().get("tenant") {
            span.set_attribute("tenant", tenant.to_string());
        }
        assert_eq!(Context::current().span().span_context(), &SpanContext::NONE, "nothing is current");
        // It is not recorded; otherwise this would never end.
        work();
    }

    fn on_end(&self, span: &mut SpanMut<'_>) -> Decision {
        span.remove_attribute("secret");
        span.remove_attribute("code.file.path");
        match span.name() {
            "health" => Decision::Drop,
            "panics" => std::panic::panic_any("in the hook"),
            "plain" => {
                span.set_name("renamed");
                Decision::Keep
            }
            _ => Decision::Keep,
        }
    }
}

pub(crate) fn has_a_hook() -> Result<(), Box<dyn Error>> {
    #[instrument(fields(secret = "s3cret", open = true))]
    fn plain() {
        health();
        panics();
    }

    #[instrument]
    fn health() {
        spanwise::set_attribute("secret", 7);
    }

    #[instrument]
    fn panics() {}

    let telemetry = spanwise::builder().hook(Hook).init()?;
    {
        use opentelemetry::KeyValue;
        use opentelemetry::baggage::BaggageExt as _;
        let _attached = Context::current_with_baggage([KeyValue::new("tenant", "t1")]).attach();
        plain();
    }
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// Nests more spans than OpenTelemetry keeps contexts.
pub(crate) fn is_nested_too_deep() -> Result<(), Box<dyn Error>> {
    #[instrument]
    fn deeper(levels: u32) -> u32 {
        if levels == 0 { 0 } else { 1 + deeper(levels - 1) }
    }

    #[instrument(unpublished)]
    fn deeper_aside(levels: u32) -> u32 {
        if levels == 0 { 0 } else { 1 + deeper_aside(levels - 1) }
    }

    let telemetry = spanwise::init()?;
    let thread = std::thread::Builder::new()
        .stack_size(512 << 20)
        .spawn(|| (deeper(70_000), deeper_aside(70_000), spanwise::current_span_id()))?;
    say(format_args!("{:?}", thread.join().map_err(|_| "the thread panicked")?));
    work();
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// Reads B3 headers of a caller that defers the sampling decision.
pub(crate) fn is_called_by_one_who_leaves_the_decision(lane: &str) -> Result<(), Box<dyn Error>> {
    use opentelemetry::trace::TraceContextExt as _;

    #[spanwise::instrument(parent = headers)]
    fn called(headers: &std::collections::HashMap<String, String>) {
        let context = Context::current();
        let span = context.span().span_context().clone();
        say(format_args!("{} {}", span.trace_id(), span.is_sampled()));
    }

    let telemetry = match lane {
        "sdk" => spanwise::builder().span_processor(Seen).init()?,
        _ => spanwise::init()?,
    };
    called(&[("b3".to_owned(), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7".to_owned())].into());
    drop(telemetry);
    Ok(())
}

#[derive(Debug)]
struct Blind;

impl SpanProcessor for Blind {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, _span: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _within: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Prints the headers that a peer gets of a caller's, while nothing is recorded.
pub(crate) fn disabled(by_sdk: bool) -> Result<(), Box<dyn Error>> {
    #[instrument]
    fn passes_on() -> Vec<(String, String)> {
        let mut headers = Vec::new();
        spanwise::inject(&mut headers);
        headers
    }

    let builder = spanwise::builder().disabled(true);
    let builder = if by_sdk { builder.span_processor(Blind) } else { builder };
    let telemetry = builder.init()?;
    let caller = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    for (name, value) in spanwise::extract(&caller).run(passes_on) {
        say(format_args!("{name}: {value}"));
    }
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

/// Flushes and shuts down when the system starts no thread any more: there is no memory left for its stack.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a function of C")]
pub(crate) fn ends_without_more_threads() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    work();
    // What a flush allocates is there from now on.
    telemetry.force_flush_blocking()?;
    let pages: u64 =
        std::fs::read_to_string("/proc/self/statm")?.split(' ').next().unwrap_or_default().parse()?;
    let most = pages * 4096 + (1 << 20);
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: it sets a limit of this process.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
    assert!(std::thread::Builder::new().spawn(|| {}).is_err(), "there are no threads");
    work();
    say(format_args!("{:?}", crate::wait_for(telemetry.force_flush()).map_err(|error| error.to_string())));
    work();
    say(crate::wait_for(telemetry.shutdown())?);
    Ok(())
}
