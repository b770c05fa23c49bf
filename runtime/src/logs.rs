//! The trace's id on every log line.

use std::fmt;

use opentelemetry::trace::SpanContext;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::engine::current;

/// A formatter for `tracing-subscriber` that puts `trace_id` and `span_id` of the current span on the
/// lines that another formatter writes.
///
/// A line of text gets ` trace_id=… span_id=…` at its end; a line that is a JSON object gets two more
/// members. A line written outside of any span stays as it is.
///
/// ```
/// tracing_subscriber::fmt().map_event_format(spanwise::logs::TraceIds::new).init();
///
/// #[spanwise::instrument]
/// fn work() {
///     tracing::info!("working"); // … INFO working trace_id=4bf9… span_id=00f0…
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
        let span = current::identity(SpanContext::clone).filter(SpanContext::is_valid);
        let Some(span) = span else { return self.inner.format_event(context, writer, event) };
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&with_ids(&line, &span))
    }
}

fn with_ids(line: &str, span: &SpanContext) -> String {
    let (trace_id, span_id) = (span.trace_id(), span.span_id());
    let content = line.trim_end_matches('\n');
    let end = &line[content.len()..];
    match content.strip_suffix('}') {
        Some(object) if content.starts_with('{') => {
            let separator = if object.trim_end().ends_with('{') { "" } else { "," };
            format!("{object}{separator}\"trace_id\":\"{trace_id}\",\"span_id\":\"{span_id}\"}}{end}")
        }
        _ => format!("{content} trace_id={trace_id} span_id={span_id}{end}"),
    }
}
