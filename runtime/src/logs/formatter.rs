//! The log formats, as formatters for `tracing-subscriber`.

use std::fmt;
use std::time::SystemTime;

use opentelemetry::trace::TraceContextExt as _;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::bridge::kept_context::context_of;
use super::format::Format;
use super::ids::{Ids, OPENTELEMETRY};
use super::line::Line;
use super::visit::VisitedFields;

/// A [`Format`] with options, for `tracing-subscriber`'s `event_format`.
///
/// ```
/// use spanwise::logs::{Format, Formatter};
/// use tracing_subscriber::prelude::*;
///
/// let lines = Formatter::new(Format::Json).flatten().with_spans();
/// tracing_subscriber::registry().with(tracing_subscriber::fmt::layer().event_format(lines)).init();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Formatter {
    format: Format,
    is_flat: bool,
    has_spans: bool,
    is_timeless: bool,
}

impl Formatter {
    /// Lines with a time, and without the names of `tracing` spans.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format, is_flat: false, has_spans: false, is_timeless: false }
    }

    /// In JSON, puts an event's fields beside `message` instead of into `fields`. Text and logfmt always do so. A field whose
    /// name is taken, such as `level` or `trace_id`, is then called `fields.level`. A field that repeats one of the line's ids
    /// is left out.
    #[must_use]
    pub const fn flatten(mut self) -> Self {
        self.is_flat = true;
        self
    }

    /// Adds the names of the `tracing` spans around an event, outermost first: as a list in JSON, joined by `:` in the other
    /// formats. The spans of functions with `#[spanwise::instrument]` are not among them.
    #[must_use]
    pub const fn with_spans(mut self) -> Self {
        self.has_spans = true;
        self
    }

    /// Leaves out the time, for setups where something else adds it.
    #[must_use]
    pub const fn without_time(mut self) -> Self {
        self.is_timeless = true;
        self
    }
}

impl From<Format> for Formatter {
    fn from(format: Format) -> Self {
        Self::new(format)
    }
}

impl<S, N> FormatEvent<S, N> for Formatter
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut visited = VisitedFields::default();
        event.record(&mut visited);
        let own_target = visited.target_of_record(metadata.target());
        let target = own_target.as_deref().unwrap_or(metadata.target());
        let scope = if self.has_spans { context.event_scope() } else { None };
        let line = Line {
            time: (!self.is_timeless).then(SystemTime::now),
            level: level(*metadata.level()),
            target,
            message: visited.message.as_deref().unwrap_or_default(),
            fields: &visited.fields,
            spans: scope
                .map(|scope| scope.from_root().map(|span| span.metadata().name()).collect())
                .unwrap_or_default(),
            is_flat: self.is_flat,
            ids: ids(context, event, target),
        };
        writeln!(writer, "{}", self.format.write(&line))
    }
}

/// The same as [`Formatter::new`].
impl<S, N> FormatEvent<S, N> for Format
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        Formatter::new(*self).format_event(context, writer, event)
    }
}

/// Returns the ids of the span that the event names, or else of the current span.
pub(super) fn ids<S, N>(context: &FmtContext<'_, S, N>, event: &Event<'_>, target: &str) -> Option<Ids>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    if target.starts_with(OPENTELEMETRY) {
        return None;
    }
    let named = event.parent().and_then(|parent| context_of(&context.span(parent)?));
    match named {
        Some(named) => Ids::of(named.span().span_context()),
        None => Ids::current(target),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

/// Returns a layer that writes log lines in this format to standard error.
///
/// It writes all levels: add a filter, such as `tracing-subscriber`'s `LevelFilter` or `EnvFilter`. For another writer, give a
/// [`Format`] or a [`Formatter`] to `tracing_subscriber::fmt::layer().event_format(..)`.
///
/// ```
/// use spanwise::logs::{self, Format};
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(LevelFilter::INFO).with(logs::layer(Format::Json)).init();
/// ```
pub fn layer<S>(format: Format) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer().event_format(format).with_ansi(false).with_writer(std::io::stderr)
}
