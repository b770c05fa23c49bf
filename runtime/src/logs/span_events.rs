//! Log events on the span that they belong to.

use std::borrow::Cow;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::bridge::context_of;
use super::exceptions;
use super::ids::OPENTELEMETRY;
use super::value::FieldValue;
use super::visit::{GivenError, Visited};
use crate::span::{self, bounded};
use crate::value::AttributeValue as _;

/// A layer for `tracing-subscriber` that makes events of the current span of the events of `tracing`.
///
/// The current span is that of an annotated function, of a [`Bridge`](super::Bridge), or of whatever else made its span
/// current; an event outside of any is left alone. Its message is the event's name, its fields are attributes, and
/// `spanwise.level` and `spanwise.target` say where it is from. An event with an error (a field that was given as one, or
/// one called `error` or `exception`) is called `exception`, with `exception.message`, and its message is
/// `spanwise.message`; where [exceptions are told in logs](super::set_exception_signal) alone it is left out, for it is in the log: a layer that
/// writes lines is to be beside this one then. Of several errors the one called `error` is meant, or else the first; the
/// others are attributes. Its texts are cut off after 4096 bytes. The span has not failed by that.
///
/// By default events up to `INFO` are taken. A span keeps 128 of them, unless it is told otherwise.
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
    /// Events up to `INFO`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Events up to this level.
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
        // A span that the code names, or else the current one.
        let given = event.parent().and_then(|parent| context_of(&context.span(parent)?));
        let is_recorded = match &given {
            Some(given) => !span::is_suppressed() && given.span().is_recording(),
            None => !event.is_root() && span::is_recorded(),
        };
        if !is_recorded {
            return;
        }
        let mut visited = Visited::default();
        event.record(&mut visited);
        let Some((name, attributes)) = told(visited, metadata) else { return };
        match given {
            Some(given) => given.span().add_event(name, attributes),
            None => span::add_event(name, attributes),
        }
    }
}

/// The name and the attributes of a span's event.
fn told(
    mut visited: Visited,
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
    // A field of such a name is replaced: a key is there once.
    visited.fields.retain(|name| own.iter().all(|attribute| attribute.key.as_str() != name));
    Some((name, visited.fields.into_iter().filter_map(attribute).chain(own).collect()))
}

/// The text of the event's error, and those of what it came from; its field is taken out.
fn error(visited: &mut Visited) -> Option<(String, Vec<String>)> {
    if let Some(GivenError { field, message, sources }) = visited.error.take() {
        visited.fields.take(field.strip_prefix("r#").unwrap_or(field));
        return Some((message, sources));
    }
    let is_text = |name: &&str| matches!(visited.fields.get(name), Some(FieldValue::Text(_)));
    let name = ["error", "exception"].into_iter().find(is_text)?;
    visited.fields.take(name).map(|text| (text.to_string(), Vec::new()))
}

/// A field as an attribute.
pub(super) fn attribute((name, value): (Cow<'static, str>, FieldValue)) -> Option<KeyValue> {
    Some(KeyValue::new(name, to_value(value)?))
}

/// A field's value as OpenTelemetry has it.
pub(super) fn to_value(value: FieldValue) -> Option<Value> {
    match value {
        FieldValue::Null => None,
        FieldValue::Bool(value) => Some(Value::Bool(value)),
        FieldValue::I64(value) => Some(Value::I64(value)),
        FieldValue::U64(value) => value.to_value(),
        FieldValue::I128(value) => value.to_value(),
        FieldValue::U128(value) => value.to_value(),
        FieldValue::F64(value) => Some(Value::F64(value)),
        FieldValue::Text(text) => Some(Value::from(text)),
    }
}
