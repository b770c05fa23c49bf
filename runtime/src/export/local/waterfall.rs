//! A trace as a waterfall of text: one line a span, with its service, its place in the tree, when it
//! ran, for how long, and what went wrong.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::Status;

use crate::engine::queue::record::SpanRecord;
use crate::export::arrange::arrange;

/// A span and the service it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) service: &'a str,
    pub(crate) span: &'a SpanRecord,
}

/// How a waterfall looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    /// ANSI colours.
    pub(crate) color: bool,
}

/// Columns for the bars.
const BAR: usize = 32;
/// Columns for names at the most; a longer one is cut.
const LONGEST_NAME: usize = 48;
/// Columns for what went wrong.
const LONGEST_REMARK: usize = 72;

const RED: &str = "31";
const DIM: &str = "2";
const BOLD: &str = "1";

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The waterfall of the spans of one trace, with no newline at its end.
pub(crate) fn render(rows: &[Row<'_>], style: Style) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let start = rows.iter().map(|row| row.span.start).min().unwrap_or(first.span.start);
    let end = rows.iter().map(|row| row.span.end).max().unwrap_or(first.span.end);
    let lines = lines(rows);
    let services: HashSet<&str> = rows.iter().map(|row| row.service).collect();
    let service_width = services.iter().map(|service| width(service)).max().unwrap_or(0);
    let name_width = lines.iter().map(|line| width(&line.label())).max().unwrap_or(0).min(LONGEST_NAME);

    let mut text = String::new();
    let errors = rows.iter().filter(|row| row.span.is_error()).count();
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "{} {} · {} · {}",
        style.paint(BOLD, "trace"),
        style.paint(BOLD, &first.span.context.trace_id().to_string()),
        duration(since(start, end)),
        counted(rows.len(), "span"),
    );
    if services.len() > 1 {
        let _ = write!(text, " · {}", counted(services.len(), "service"));
    }
    if errors > 0 {
        let _ = write!(text, " · {}", style.paint(RED, &counted(errors, "error")));
    }
    for line in &lines {
        let span = line.row.span;
        let label = cut(&line.label(), name_width);
        let bar = bar(since(start, span.start), since(start, span.end), since(start, end));
        let remark = remark(span).map(|remark| format!("  {}", cut(&remark, LONGEST_REMARK)));
        let _ = write!(
            text,
            "\n  {}  {}  {}{}{} {:>8}{}",
            style.paint(DIM, &padded(line.row.service, service_width)),
            padded(&label, name_width),
            style.paint(DIM, "▕"),
            if span.is_error() { style.paint(RED, &bar) } else { bar },
            style.paint(DIM, "▏"),
            duration(since(span.start, span.end)),
            remark.map_or_else(String::new, |remark| {
                if span.is_error() { style.paint(RED, &remark) } else { style.paint(DIM, &remark) }
            }),
        );
    }
    text
}

struct Line<'a> {
    row: Row<'a>,
    /// The branches before the name.
    branches: String,
}

impl Line<'_> {
    fn label(&self) -> String {
        format!("{}{}", self.branches, crate::diag::shown(&self.row.span.name))
    }
}

fn lines<'a>(rows: &[Row<'a>]) -> Vec<Line<'a>> {
    let spans: Vec<_> = rows.iter().map(|row| row.span).collect();
    arrange(&spans)
        .into_iter()
        .map(|placed| Line { row: rows[placed.index], branches: placed.branches })
        .collect()
}

fn remark(span: &SpanRecord) -> Option<String> {
    if let Status::Error { description } = &span.status {
        let text = |key| span.attribute(key).map(|value| value.as_str().into_owned());
        let told = match description.as_ref() {
            "" => text("error.type").unwrap_or_else(|| "error".to_owned()),
            description => description.to_owned(),
        };
        return Some(format!("✗ {}", crate::diag::shown(&told)));
    }
    (span.attribute("spanwise.cancelled") == Some(&opentelemetry::Value::Bool(true)))
        .then(|| "⊘ cancelled".to_owned())
}

fn since(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}

/// A bar of eighths of columns, at least an eighth long.
fn bar(from: Duration, to: Duration, whole: Duration) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let place = |at: Duration| {
        let share = if whole.is_zero() { 0.0 } else { at.as_secs_f64() / whole.as_secs_f64() };
        // Between 0 and 8 × BAR, so that nothing is lost.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let place = (share * (BAR * 8) as f64).round() as usize;
        place.min(BAR * 8)
    };
    let start = (place(from) / 8).min(BAR - 1);
    let length = place(to).saturating_sub(start * 8).max(1);
    let bar = format!("{}{}{}", " ".repeat(start), "█".repeat(length / 8), EIGHTHS[length % 8]);
    padded(&bar, BAR)
}

/// A duration in the unit that a person would choose.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 0.001 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{:.0} µs", seconds * 1e6)
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

fn cut(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    text.chars().take(to.saturating_sub(1)).chain(['…']).collect()
}
