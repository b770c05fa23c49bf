//! Renders a trace as text: a line per span, with its service, its place in the tree, its time and duration, and its error.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::Status;

use crate::engine::queue::record::SpanRecord;
use crate::export::tree_order::tree_order;

/// A span and the service that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaterfallRow<'a> {
    pub(crate) service: &'a str,
    pub(crate) span: &'a SpanRecord,
}

/// The look of a waterfall.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    /// Whether to use ANSI colors.
    pub(crate) color: bool,
}

/// The width of the bars, in columns.
const BAR_WIDTH: usize = 32;
/// The most columns for names. Longer ones are cut.
const MAX_NAME_WIDTH: usize = 48;
/// The most columns for errors.
const MAX_REMARK_WIDTH: usize = 72;

const RED: &str = "31";
const DIM: &str = "2";
const BOLD: &str = "1";

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The waterfall of the spans of one trace, with no newline at its end.
pub(crate) fn render(rows: &[WaterfallRow<'_>], style: Style) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let start = rows.iter().map(|row| row.span.start).min().unwrap_or(first.span.start);
    let end = rows.iter().map(|row| row.span.end).max().unwrap_or(first.span.end);
    let lines = lines(rows);
    let services: HashSet<&str> = rows.iter().map(|row| row.service).collect();
    let service_width = services.iter().map(|service| width(service)).max().unwrap_or(0);
    let name_width = lines.iter().map(|line| width(&line.label())).max().unwrap_or(0).min(MAX_NAME_WIDTH);

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
        let remark = remark(span).map(|remark| format!("  {}", cut(&remark, MAX_REMARK_WIDTH)));
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

struct WaterfallLine<'a> {
    row: WaterfallRow<'a>,
    /// The branches before the name.
    branches: String,
}

impl WaterfallLine<'_> {
    fn label(&self) -> String {
        format!("{}{}", self.branches, crate::diag::shown(&self.row.span.name))
    }
}

fn lines<'a>(rows: &[WaterfallRow<'a>]) -> Vec<WaterfallLine<'a>> {
    let spans: Vec<_> = rows.iter().map(|row| row.span).collect();
    tree_order(&spans)
        .into_iter()
        .map(|placed| WaterfallLine { row: rows[placed.index], branches: placed.branches })
        .collect()
}

fn remark(span: &SpanRecord) -> Option<String> {
    if let Status::Error { description } = &span.status {
        let text = |key| span.attribute(key).map(|value| value.as_str().into_owned());
        let error = match description.as_ref() {
            "" => text("error.type").unwrap_or_else(|| "error".to_owned()),
            description => description.to_owned(),
        };
        return Some(format!("✗ {}", crate::diag::shown(&error)));
    }
    (span.attribute("spanwise.cancelled") == Some(&opentelemetry::Value::Bool(true)))
        .then(|| "⊘ cancelled".to_owned())
}

fn since(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}

/// A bar, drawn in eighths of a column and at least one eighth long.
fn bar(from: Duration, to: Duration, whole: Duration) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let place = |at: Duration| {
        let share = if whole.is_zero() { 0.0 } else { at.as_secs_f64() / whole.as_secs_f64() };
        // Between 0 and 8 × BAR_WIDTH.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let place = (share * (BAR_WIDTH * 8) as f64).round() as usize;
        place.min(BAR_WIDTH * 8)
    };
    let start = (place(from) / 8).min(BAR_WIDTH - 1);
    let length = place(to).saturating_sub(start * 8).max(1);
    let bar = format!("{}{}{}", " ".repeat(start), "█".repeat(length / 8), EIGHTHS[length % 8]);
    padded(&bar, BAR_WIDTH)
}

/// A duration in a readable unit.
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
