//! The ids on lines that another formatter writes.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::formatter::ids;
use super::ids::Ids;

/// A formatter for `tracing-subscriber` that puts `trace_id`, `span_id` and `trace_flags` of the current span, or of the one that the event names as its parent, on
/// the lines that another formatter writes.
///
/// A line of text gets ` trace_id=… span_id=… trace_flags=…` at its end; a line that is a JSON object gets three more
/// members. A line written outside of any span stays as it is. [`Format`](super::Format) has formatters of
/// Spanwise's own, which also keep an event on one line and members from being there twice.
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
/// With colours or not is for the inner formatter to say (`Format::with_ansi`): what it writes passes
/// through a buffer here, where it cannot see the terminal. Without it there are none.
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
