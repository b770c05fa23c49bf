//! How a span ends: errors and results.

use spanwise::instrument;
use spanwise::testing::SpanRecord;

use crate::{User, attribute, has, pair, row, spans_of};

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no number")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn fails(text: &str) -> Result<u8, Outer> {
    text.parse().map_err(Outer)
}

fn event_attribute(span: &SpanRecord, key: &str) -> Option<String> {
    let event = span.events.first()?;
    event
        .attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)
        .map(|found| found.value.to_string())
}

#[test]
fn err() {
    let (with, without) =
        pair!(#[instrument(err)] #[instrument] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(
        |span| {
            span.is_error()
                && event_attribute(span, "exception.type").is_some_and(|of| of.ends_with("Outer"))
                && event_attribute(span, "exception.message").as_deref() == Some("no number")
                && event_attribute(span, "spanwise.exception.sources").as_deref()
                    == Some("[\"invalid digit found in string\"]")
        },
        with,
        without,
    );
}

#[test]
fn err_debug() {
    let (with, without) = pair!(#[instrument(err(Debug))] #[instrument(err)] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    let message = |span: &SpanRecord| event_attribute(span, "exception.message").unwrap_or_default();
    row(|span| message(span).starts_with("Outer(ParseIntError"), with, without);
    assert!(
        event_attribute(&spans_of(with)[0], "spanwise.exception.sources").is_some(),
        "the sources are recorded, too"
    );
    let (with, without) = pair!(#[instrument(err(Display))] #[instrument(err(Debug))] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(|span| message(span) == "no number", with, without);
}

#[test]
fn err_level() {
    let (with, without) = pair!(#[instrument(err(level = warn))] #[instrument(err)] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(
        |span| {
            !span.is_error()
                && attribute(span, "error.type").is_none()
                && event_attribute(span, "spanwise.level").as_deref() == Some("WARN")
        },
        with,
        without,
    );
}

#[test]
fn err_if() {
    let (with, without) = pair!(#[instrument(err(if = |error| error.to_string().is_empty()))] #[instrument(err(if = |error| !error.to_string().is_empty()))] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(|span| !span.is_error() && span.events.is_empty(), with, without);
}

#[test]
fn err_off() {
    let (with, without) = pair!(#[instrument(err(off))] #[instrument] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(|span| !span.is_error() && attribute(span, "error.type").is_none(), with, without);
    row(|span| !span.is_error(), crate::wholes::Defaults::is_no_failure, without);
}

#[test]
fn ret() {
    let (with, without) = pair!(#[instrument(ret)] #[instrument] fn (n: u8) -> u8 { n + 1 } (5));
    row(has("spanwise.return", 6), with, without);
    let (with, without) = pair!(#[instrument(ret)] #[instrument] fn (n: u8) -> Result<Option<User>, Outer> { Ok(Some(User { id: n.into() })) } (5));
    row(has("spanwise.return", "Some(User { id: 5 })"), with, without);
    let (with, _) = pair!(#[instrument(ret, err)] #[instrument] fn () -> Result<u8, Outer> { fails("x") } ());
    assert!(
        attribute(&spans_of(with)[0], "spanwise.return").is_none(),
        "only the value of an `Ok` is recorded"
    );
}

#[test]
fn ret_debug() {
    let (with, without) =
        pair!(#[instrument(ret(Debug))] #[instrument(ret)] fn () -> &'static str { "text" } ());
    row(has("spanwise.return", "\"text\""), with, without);
    let (with, without) =
        pair!(#[instrument(ret(Display))] #[instrument(ret)] fn () -> User { User { id: 1 } } ());
    row(has("spanwise.return", "user 1"), with, without);
}
