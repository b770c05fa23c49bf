//! Log events as events of the span that they belong to.

use std::borrow::Cow;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::bridge::kept_context::context_of;
use super::exceptions;
use super::ids::OPENTELEMETRY;
use super::value::FieldValue;
use super::visit::{ErrorField, VisitedFields};
use crate::span::{self, bounded};

/// A layer for `tracing-subscriber` that adds the events of `tracing` to the current span.
///
/// The current span is that of an annotated function, of a [`Bridge`](super::Bridge), or any other span that is current in
/// OpenTelemetry. Events outside of a span are ignored. The message becomes the event's name, and the fields become attributes;
/// `spanwise.level` and `spanwise.target` have the level and the target. Texts are cut off after 4096 bytes.
///
/// An event with an error is an exception: if a field was given as an error, or a text is called `error` or `exception`. Its name
/// is `exception`, the error is in `exception.message`, and the message in `spanwise.message`. Of several errors, the one called
/// `error` counts, or else the first; the others are attributes. The span's status does not change. If
/// [exceptions are reported as log records](super::set_exception_signal) alone, such an event is not added: use a layer that
/// writes log lines beside this one.
///
/// By default it takes events up to `INFO`. A span keeps 128 events, unless `OTEL_SPAN_EVENT_COUNT_LIMIT` says otherwise.
///
/// ```
/// use spanwise::logs::{self, Format, SpanEvents};
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(logs::layer(Format::Text)).with(SpanEvents::new()).init();
///
/// #[spanwise::instrument]
/// fn work() {
///     tracing::warn!(attempt = 2, "retrying"); // on the line, and on the span `work`
/// }
/// # work();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpanEvents {
    max_level: LevelFilter,
}

impl Default for SpanEvents {
    fn default() -> Self {
        Self { max_level: LevelFilter::INFO }
    }
}

impl SpanEvents {
    /// Takes events up to `INFO`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes events up to this level.
    #[must_use]
    pub fn with_max_level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.max_level = level.into();
        self
    }
}

impl<S> Layer<S> for SpanEvents
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let target = metadata.target();
        if self.max_level < *metadata.level()
            || target == exceptions::TARGET
            || target.starts_with(OPENTELEMETRY)
        {
            return;
        }
        // The span that the event names, or else the current one.
        let named = event.parent().and_then(|parent| context_of(&context.span(parent)?));
        let is_recorded = match &named {
            Some(named) => !span::is_suppressed() && named.span().is_recording(),
            None => !event.is_root() && span::is_recorded(),
        };
        if !is_recorded {
            return;
        }
        let mut visited = VisitedFields::default();
        event.record(&mut visited);
        let Some((name, attributes)) = span_event(visited, metadata) else { return };
        match named {
            Some(named) => named.span().add_event(name, attributes),
            None => span::add_event(name, attributes),
        }
    }
}

/// Returns the name and the attributes of the span's event; `None` if it is an exception, and exceptions are only logged.
fn span_event(
    mut visited: VisitedFields,
    metadata: &'static tracing::Metadata<'static>,
) -> Option<(Cow<'static, str>, Vec<KeyValue>)> {
    let own_target = visited.target_of_record(metadata.target());
    let error = error(&mut visited);
    if error.is_some() && !span::is_on_spans() {
        return None;
    }
    let own_target = own_target.map_or(StringValue::from(metadata.target()), StringValue::from);
    let mut own = vec![
        KeyValue::new("spanwise.level", metadata.level().as_str()),
        KeyValue::new("spanwise.target", own_target),
    ];
    let name = match error {
        Some((message, sources)) => {
            own.push(KeyValue::new("exception.message", bounded(message)));
            if !sources.is_empty() {
                let sources: Vec<StringValue> =
                    sources.into_iter().map(|text| bounded(text).into()).collect();
                own.push(KeyValue::new("spanwise.exception.sources", Value::Array(Array::String(sources))));
            }
            own.extend(visited.message.map(|message| KeyValue::new("spanwise.message", bounded(message))));
            Cow::Borrowed("exception")
        }
        None => visited.message.map_or(Cow::Borrowed(metadata.name()), Cow::Owned),
    };
    // Each key is there once: ours replace fields of the same name.
    visited.fields.retain(|name| own.iter().all(|attribute| attribute.key.as_str() != name));
    Some((name, visited.fields.into_attributes().chain(own).collect()))
}

/// Takes the event's error out of its fields. Returns its text, and those of its sources.
fn error(visited: &mut VisitedFields) -> Option<(String, Vec<String>)> {
    if let Some(ErrorField { field, message, sources }) = visited.error.take() {
        visited.fields.take(field.strip_prefix("r#").unwrap_or(field));
        return Some((message, sources));
    }
    let is_text = |name: &&str| matches!(visited.fields.get(name), Some(FieldValue::Text(_)));
    let name = ["error", "exception"].into_iter().find(is_text)?;
    visited.fields.take(name).map(|text| (text.to_string(), Vec::new()))
}
