//! The contents of a line in each format.

use std::error::Error;
use std::fmt;

use serde_json::{Value, json};
use spanwise::instrument;
use spanwise::logs::{Format, Formatter};
use spanwise::testing::Capture;

use crate::lines::Lines;

/// The line that `work` writes under an annotated function, and the ids of the span of that function.
pub(crate) fn written(format: impl Into<Formatter>, work: impl Fn()) -> (String, String, String) {
    #[instrument]
    fn inside(work: &dyn Fn()) -> (String, String) {
        work();
        let ids = (spanwise::current_trace_id(), spanwise::current_span_id());
        (ids.0.expect("a trace"), ids.1.expect("a span"))
    }
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_writer(lines.clone()).event_format(format.into()).finish();
    let (trace, span) =
        tracing::subscriber::with_default(subscriber, || Capture::new().run(|| inside(&work)));
    (lines.line(), trace, span)
}

fn plain(format: Format) -> Formatter {
    Formatter::new(format).without_time()
}

#[test]
fn a_line_of_each_format() {
    let work = || tracing::info!(target: "shop", order = 7, by = "a card", "paid \"twice\"\nor not");
    let (line, trace, span) = written(plain(Format::Text), work);
    assert_eq!(
        line,
        format!(
            " INFO shop: paid \"twice\"\\nor not order=7 by=\"a card\" trace_id={trace} span_id={span} trace_flags=03"
        )
    );
    let (line, trace, span) = written(plain(Format::Json), work);
    assert_eq!(
        line,
        format!(
            "{{\"level\":\"INFO\",\"target\":\"shop\",\"message\":\"paid \\\"twice\\\"\\nor not\",\
             \"fields\":{{\"order\":7,\"by\":\"a card\"}},\"trace_id\":\"{trace}\",\"span_id\":\"{span}\",\
             \"trace_flags\":\"03\"}}"
        )
    );
    let (line, trace, span) = written(plain(Format::Logfmt), work);
    assert_eq!(
        line,
        format!(
            "level=INFO target=shop message=\"paid \\\"twice\\\"\\nor not\" order=7 by=\"a card\" trace_id={trace} \
             span_id={span} trace_flags=03"
        )
    );
}

#[test]
fn outside_of_any_span_there_are_no_ids() {
    for format in [Format::Text, Format::Json, Format::Logfmt] {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).event_format(format).finish();
        tracing::subscriber::with_default(subscriber, || tracing::info!("alone"));
        let line = lines.line();
        assert!(line.contains("alone") && !line.contains("_id"), "{line}");
        let year = |line: &str| line.find("T").and_then(|at| line.get(at - 10..at - 6)?.parse::<u32>().ok());
        assert!(year(&line).is_some_and(|year| year >= 2025), "{line}");
    }
}

fn object(formatter: Formatter, work: impl Fn()) -> Value {
    let (line, ..) = written(formatter, work);
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// An error with a source.
#[derive(Debug)]
struct Refused(fmt::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn every_kind_of_value_is_json() {
    let error = Refused(fmt::Error);
    let line = object(plain(Format::Json), || {
        tracing::info!(
            no_number = f64::NAN,
            endless = f64::NEG_INFINITY,
            half = 0.5,
            big = u64::MAX,
            bigger = i128::MIN,
            bytes = &[0_u8, 255][..],
            error = &error as &dyn Error,
            shown = %"x",
            debugged = ?Some(1),
            yes = true,
            r#type = 1,
        );
    });
    assert_eq!(line["message"], "");
    assert_eq!(
        line["fields"].to_string(),
        json!({
            "no_number": "NaN", "endless": "-inf", "half": 0.5, "big": u64::MAX,
            "bigger": serde_json::from_str::<Value>("-170141183460469231731687303715884105728").expect("JSON"),
            "bytes": "[00 ff]",
            "error": "refused: an error occurred when formatting an argument",
            "shown": "x", "debugged": "Some(1)", "yes": true, "type": 1,
        })
        .to_string()
    );
}

#[test]
fn the_members_of_a_line_appear_once_whatever_its_fields_are_called() {
    let work = || tracing::info!(trace_id = "mine", level = 7, again = 1, again = 2, "text");
    let flat = object(plain(Format::Json).flatten(), work);
    assert_eq!((&flat["fields.trace_id"], &flat["fields.level"]), (&json!("mine"), &json!(7)));
    assert_eq!((&flat["level"], &flat["again"]), (&json!("INFO"), &json!(2)));
    let (line, trace, _) = written(plain(Format::Json).flatten(), work);
    assert_eq!(line.matches("\"trace_id\":").count(), 1, "{line}");
    assert!(line.contains(&format!("\"trace_id\":\"{trace}\"")), "{line}");
    assert_eq!(line.matches("\"again\":").count(), 1, "{line}");

    let nested = object(plain(Format::Json), work);
    assert_eq!(nested["fields"]["trace_id"], "mine");
    let (line, trace, _) = written(plain(Format::Logfmt), work);
    let pairs = crate::logfmt::parsed(&line);
    assert_eq!(crate::logfmt::get(&pairs, "trace_id").as_deref(), Some(&*trace));
    assert_eq!(crate::logfmt::get(&pairs, "fields.trace_id").as_deref(), Some("mine"));
}

#[test]
fn names_of_tracing_spans_are_optional() {
    let work = || {
        let _outer = tracing::info_span!("outer").entered();
        let _inner = tracing::info_span!("inner").entered();
        tracing::info!("text");
    };
    assert_eq!(object(plain(Format::Json).with_spans(), work)["spans"], json!(["outer", "inner"]));
    assert_eq!(object(plain(Format::Json), work)["spans"], Value::Null);
    let (line, ..) = written(plain(Format::Logfmt).with_spans(), work);
    assert!(line.contains(" spans=outer:inner "), "{line}");
}

#[test]
fn formats_have_names() {
    assert_eq!(" JSON".parse(), Ok(Format::Json));
    assert_eq!("logfmt".parse(), Ok(Format::Logfmt));
    assert_eq!("text".parse(), Ok(Format::Text));
    assert!("xml".parse::<Format>().is_err_and(|error| error.to_string().contains("logfmt")));
}
