//! A span of the recorder lane: our implementation of the API's `Span`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, Span, SpanContext, Status};

use super::record::SpanRecord;
use super::recorder::Recorder;

/// A span that is recorded until it ends, or one that only carries its identity.
#[derive(Debug)]
pub(crate) struct RecordedSpan {
    context: SpanContext,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    record: Box<SpanRecord>,
    recorder: Arc<Recorder>,
}

impl RecordedSpan {
    pub(super) fn not_recorded(context: SpanContext) -> Self {
        Self { context, open: None }
    }

    pub(super) fn recorded(record: SpanRecord, recorder: Arc<Recorder>) -> Self {
        Self { context: record.context.clone(), open: Some(Open { record: Box::new(record), recorder }) }
    }

    pub(super) fn start_with(
        &mut self,
        attributes: Vec<KeyValue>,
        from_sampler: Vec<KeyValue>,
        events: Vec<Event>,
        links: Vec<Link>,
    ) {
        let Some(Open { record, recorder }) = &mut self.open else { return };
        let most = recorder.limits().max_attributes_per_span as usize;
        if attributes.len() <= most && !has_duplicates(&attributes) {
            record.attributes = attributes;
        } else {
            self.set_attributes(attributes);
        }
        self.set_attributes(from_sampler);
        for event in events {
            self.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
        }
        for link in links {
            self.add_link(link.span_context, link.attributes);
        }
    }
}

/// Of the few attributes that a span starts with, whether two have one key.
fn has_duplicates(attributes: &[KeyValue]) -> bool {
    attributes
        .iter()
        .enumerate()
        .any(|(at, one)| attributes[..at].iter().any(|earlier| earlier.key == one.key))
}

/// Cuts a list to its limit; how many went.
fn cut<T>(list: &mut Vec<T>, limit: u32) -> u32 {
    let limit = limit as usize;
    let beyond = list.len().saturating_sub(limit);
    list.truncate(limit);
    u32::try_from(beyond).unwrap_or(u32::MAX)
}

impl Span for RecordedSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, mut attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        let Some(Open { record, recorder }) = &mut self.open else { return };
        let limits = recorder.limits();
        if record.events.len() >= limits.max_events_per_span as usize {
            record.dropped_events = record.dropped_events.saturating_add(1);
            return;
        }
        let dropped = cut(&mut attributes, limits.max_attributes_per_event);
        record.events.push(Event::new(name, timestamp, attributes, dropped));
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.open.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        let Some(Open { record, recorder }) = &mut self.open else { return };
        if let Some(same) = record.attributes.iter_mut().find(|earlier| earlier.key == attribute.key) {
            same.value = attribute.value;
        } else if record.attributes.len() < recorder.limits().max_attributes_per_span as usize {
            record.attributes.push(attribute);
        } else {
            record.dropped_attributes = record.dropped_attributes.saturating_add(1);
        }
    }

    fn set_status(&mut self, status: Status) {
        let Some(Open { record, .. }) = &mut self.open else { return };
        // Ok is final, and an error is not unset: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
        if status >= record.status
            || matches!((&status, &record.status), (Status::Error { .. }, Status::Error { .. }))
        {
            record.status = status;
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let Some(Open { record, .. }) = &mut self.open else { return };
        record.name = new_name.into();
    }

    fn add_link(&mut self, span_context: SpanContext, mut attributes: Vec<KeyValue>) {
        let Some(Open { record, recorder }) = &mut self.open else { return };
        let limits = recorder.limits();
        if record.links.len() >= limits.max_links_per_span as usize {
            record.dropped_links = record.dropped_links.saturating_add(1);
            return;
        }
        let dropped = cut(&mut attributes, limits.max_attributes_per_link);
        record.links.push(Link::new(span_context, attributes, dropped));
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        let Some(Open { mut record, recorder }) = self.open.take() else { return };
        // The wall clock can be set back while a span is open.
        record.end = timestamp.max(record.start);
        recorder.ended(*record);
    }
}

impl Drop for RecordedSpan {
    /// A span made through the plain API may never be ended by hand: then it ends here, as it does in
    /// the SDK. Those of an annotated function have ended long before.
    fn drop(&mut self) {
        if self.open.is_some() {
            self.end_with_timestamp(SystemTime::now());
        }
    }
}
