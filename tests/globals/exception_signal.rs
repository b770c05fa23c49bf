//! The signal that exceptions are recorded by: span events, logs, or both. It is a setting of the process.

use std::fmt;

use spanwise::instrument;
use spanwise::logs::{
    Bridge, ExceptionSignal, Format, SpanEvents, WithTraceIds, set_exception_signal, write_record,
};
use spanwise::testing::Capture;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::in_own_process;

use crate::lines::Lines;

#[derive(Debug)]
struct Declined(fmt::Error);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card declined")
    }
}

impl std::error::Error for Declined {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[instrument(err)]
fn charge() -> Result<(), Declined> {
    Err(Declined(fmt::Error))
}

#[instrument]
fn panics() {
    panic!("no more");
}

#[instrument]
fn around() {
    panics();
}

/// A format that always panics.
struct Panics;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, DefaultFields> for Panics {
    fn format_event(
        &self,
        _: &FmtContext<'_, S, DefaultFields>,
        _: Writer<'_>,
        _: &Event<'_>,
    ) -> fmt::Result {
        panic!("in the format")
    }
}

#[instrument]
fn by_hand() {
    use opentelemetry::trace::TraceContextExt as _;
    opentelemetry::Context::current().span().record_error(&fmt::Error);
}

#[instrument]
fn logs_an_error() {
    tracing::error!(error = "in an event");
}

/// The tree and the log lines of `work`.
fn recorded(listens: LevelFilter, work: impl FnOnce()) -> (String, String) {
    let (lines, capture) = (Lines::default(), Capture::new());
    let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone()).event_format(Format::Json);
    let subscriber = tracing_subscriber::registry()
        .with(layer.with_filter(listens))
        .with(SpanEvents::new().with_filter(listens));
    tracing::subscriber::with_default(subscriber, || capture.run(work));
    (capture.tree().to_string(), lines.text())
}

fn charges() {
    assert!(charge().is_err());
}

const TYPE: &str = "globals::exception_signal::Declined";

fn check_logs() {
    let capture = Capture::new();
    let lines = Lines::default();
    let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone()).event_format(Format::Json);
    let subscriber = tracing_subscriber::registry().with(layer).with(SpanEvents::new());
    tracing::subscriber::with_default(subscriber, || capture.run(charges));
    // The status stays on the span; the exception is in the log alone.
    assert_eq!(capture.tree().to_string(), format!("charge error.type=\"{TYPE}\" ✗ \"card declined\"\n"));
    let line: serde_json::Value = serde_json::from_str(&lines.line()).expect("JSON");
    assert_eq!((&line["level"], &line["target"]), (&"ERROR".into(), &"spanwise::exception".into()));
    assert_eq!(line["message"], "card declined");
    let fields = &line["fields"];
    assert_eq!(fields["exception.type"], TYPE);
    assert_eq!(fields["exception.message"], "card declined");
    assert!(fields["spanwise.exception.sources"].as_str().is_some_and(|text| text.contains("formatting")));
    let identity = &capture.spans()[0].context;
    assert_eq!(line["trace_id"], identity.trace_id().to_string());
    assert_eq!(line["span_id"], identity.span_id().to_string());
}

#[test]
fn exceptions_go_to_the_signal_that_is_set() {
    in_own_process("exception_signal::exceptions_go_to_the_signal_that_is_set", || {
        spanwise::install_panic_hook();
        let event = "• exception";
        // The default is the span.
        let (span, log) = recorded(LevelFilter::TRACE, charges);
        assert!(span.contains(event) && log.is_empty(), "{span}{log}");

        set_exception_signal(ExceptionSignal::Logs);
        check_logs();
        let (span, log) = recorded(LevelFilter::TRACE, || assert!(std::panic::catch_unwind(panics).is_err()));
        assert!(!span.contains(event) && span.contains("✗ \"no more\""), "{span}");
        assert!(log.contains("\"exception.type\":\"panic\"") && log.contains("no more"), "{log}");
        // An error of a log event is in the log already.
        let (span, log) = recorded(LevelFilter::TRACE, logs_an_error);
        assert!(!span.contains(event) && log.contains("in an event"), "{span}{log}");
        // `record_error` of OpenTelemetry's API always adds an event.
        let (span, log) = recorded(LevelFilter::TRACE, by_hand);
        assert!(span.contains(event) && log.is_empty(), "{span}{log}");
        // Without a listener the exception goes to the span.
        let (span, log) = recorded(LevelFilter::OFF, charges);
        assert!(span.contains(event) && log.is_empty(), "{span}{log}");

        // Layers that write no events do not count as listeners.
        let capture = Capture::new();
        let subscriber = tracing_subscriber::registry().with(SpanEvents::new()).with(Bridge::new());
        tracing::subscriber::with_default(subscriber, || capture.run(charges));
        assert!(capture.tree().to_string().contains(event), "{}", capture.tree());
        // A listener that panics does not change the panic that is recorded, nor that of the spans around it.
        let capture = Capture::new();
        let layer = tracing_subscriber::fmt::layer().event_format(Panics);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            capture.run(|| assert!(std::panic::catch_unwind(around).is_err()));
        });
        assert_eq!(capture.tree().to_string().matches("✗ \"no more\"").count(), 2, "{}", capture.tree());

        // Then the same with the crate `log`.
        let lines = Lines::default();
        let logger = env_logger::Builder::new()
            .filter_level(log::LevelFilter::Error)
            .format(|to, record| write_record(Format::Json, to, record))
            .target(env_logger::Target::Pipe(Box::new(lines.clone())))
            .build();
        log::set_max_level(logger.filter());
        log::set_boxed_logger(Box::new(WithTraceIds::new(logger))).expect("the first one");
        let (span, log) = recorded(LevelFilter::OFF, charges);
        assert!(!span.contains(event) && log.is_empty(), "{span}{log}");
        let line: serde_json::Value = serde_json::from_str(&lines.line()).expect("JSON");
        assert_eq!(line["fields"]["exception.type"], TYPE);
        assert!(line["trace_id"].as_str().is_some_and(|id| id.len() == 32));

        set_exception_signal(ExceptionSignal::Both);
        let (span, log) = recorded(LevelFilter::TRACE, charges);
        assert!(span.contains(event) && log.contains("card declined"), "{span}{log}");
        let (span, _) = recorded(LevelFilter::TRACE, logs_an_error);
        assert!(span.contains(event), "{span}");
    });
}

#[test]
fn values_of_the_variable_are_parsed() {
    assert_eq!("".parse(), Ok(ExceptionSignal::SpanEvents));
    assert_eq!(" logs".parse(), Ok(ExceptionSignal::Logs));
    assert_eq!("logs/dup".parse(), Ok(ExceptionSignal::Both));
    assert!("http".parse::<ExceptionSignal>().is_err());
}
