//! Trace ids on the lines of `tracing-subscriber`'s own formatters.

use spanwise::logs::{Bridge, Format, TraceIds};
use spanwise::testing::Capture;
use spanwise::{instrument, span};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::lines::Lines;

#[instrument]
fn logs() -> (String, String) {
    tracing::info!(answer = 42, "inside");
    let ids = (spanwise::current_trace_id(), spanwise::current_span_id());
    (ids.0.expect("a trace"), ids.1.expect("a span"))
}

fn run() -> (String, String) {
    let capture = Capture::new();
    let ids = capture.run(logs);
    let _span = span!("recorded by nobody");
    tracing::info!("outside");
    ids
}

#[test]
fn a_line_of_text_ends_with_the_ids() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .map_event_format(TraceIds::new)
        .finish();
    let (trace, span) = tracing::subscriber::with_default(subscriber, run);
    assert_eq!(
        lines.text(),
        format!(" INFO inside answer=42 trace_id={trace} span_id={span} trace_flags=03\n INFO outside\n")
    );
}

#[test]
fn a_json_line_has_three_more_members() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(lines.clone())
        .without_time()
        .with_target(false)
        .map_event_format(TraceIds::new)
        .finish();
    let (trace, span) = tracing::subscriber::with_default(subscriber, run);
    let text = lines.text();
    let (first, second) = text.split_once('\n').expect("two lines");
    assert!(
        first.starts_with('{')
            && first.ends_with(&format!(
                ",\"trace_id\":\"{trace}\",\"span_id\":\"{span}\",\"trace_flags\":\"03\"}}"
            )),
        "{first}"
    );
    assert!(!second.contains("trace_id"), "{second}");
}

#[test]
fn a_line_of_an_event_with_an_explicit_parent_has_the_ids_of_that() {
    let (text, json) = (Lines::default(), Lines::default());
    let with_ids = tracing_subscriber::fmt::layer()
        .with_writer(text.clone())
        .with_ansi(false)
        .map_event_format(TraceIds::new);
    let own = tracing_subscriber::fmt::layer().with_writer(json.clone()).event_format(Format::Json);
    let subscriber = tracing_subscriber::registry().with(Bridge::new()).with(with_ids).with(own);
    let capture = Capture::new();
    tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            let elsewhere = tracing::info_span!("elsewhere");
            let _here = tracing::info_span!("here").entered();
            tracing::info!(parent: &elsewhere, "explicit");
        });
    });
    let spans = capture.spans();
    let elsewhere = &spans.iter().find(|span| span.name == "elsewhere").expect("a span").context;
    let (trace, span) = (elsewhere.trace_id(), elsewhere.span_id());
    assert!(
        text.line().ends_with(&format!("trace_id={trace} span_id={span} trace_flags=03")),
        "{}",
        text.text()
    );
    assert!(
        json.line().contains(&format!("\"trace_id\":\"{trace}\",\"span_id\":\"{span}\"")),
        "{}",
        json.text()
    );
}
