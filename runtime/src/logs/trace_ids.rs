//! Adds the ids to the lines that another formatter writes.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::formatter::ids;
use super::ids::Ids;

/// A formatter for `tracing-subscriber` that adds `trace_id`, `span_id` and `trace_flags` to the lines that another formatter
/// writes.
///
/// The ids are those of the event's parent, if it names one, or else of the current span. A line of text gets
/// ` trace_id=… span_id=… trace_flags=…` at its end; a JSON object gets three more members. A line outside of a span is not
/// changed. Spanwise's own [`Format`](super::Format) also keeps each event on one line, and JSON members unique.
/// [Trace Context in non-OTLP Log Formats](https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/).
///
/// ```
/// tracing_subscriber::fmt().map_event_format(spanwise::logs::TraceIds::new).init();
///
/// #[spanwise::instrument]
/// fn work() {
///     tracing::info!("working"); // … INFO working trace_id=4bf9… span_id=00f0… trace_flags=01
/// }
/// # work();
/// ```
///
/// The inner formatter writes into a buffer, and cannot detect the terminal: call its `with_ansi(true)` if you want colors.
#[derive(Clone, Debug, Default)]
pub struct TraceIds<F> {
    inner: F,
}

impl<F> TraceIds<F> {
    /// Adds the ids to the lines of `inner`.
    pub fn new(inner: F) -> Self {
        Self { inner }
    }
}

impl<S, N, F> FormatEvent<S, N> for TraceIds<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(ids) = ids(context, event, event.metadata().target()) else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&with_ids(&line, &ids))
    }
}

fn with_ids(line: &str, ids: &Ids) -> String {
    let content = line.trim_end_matches('\n');
    let end = &line[content.len()..];
    match content.strip_suffix('}') {
        Some(object) if content.starts_with('{') => {
            let mut text = object.to_owned();
            for (name, value) in ids.members() {
                let separator = if text.trim_end().ends_with('{') { "" } else { "," };
                text.extend([separator, "\"", name, "\":\"", &value, "\""]);
            }
            text + "}" + end
        }
        _ => format!("{content} {ids}{end}"),
    }
}
