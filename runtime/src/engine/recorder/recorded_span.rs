//! A span of our recorder: our implementation of the API's `Span`.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, Span, SpanContext, Status};

use crate::engine::clock::moment::Moment;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::recorder::slot::Slot;
use crate::engine::recorder::thread_state;
use crate::engine::span::running_span::RunningSpan;

/// A span that is recorded until it ends; or one that is not recorded, and only has a span context.
///
/// It is a pointer, since it is moved several times on its way into a context. It is `None` only while it is being dropped.
#[derive(Debug)]
pub(crate) struct RecordedSpan(Option<Box<Slot>>);

/// An end timestamp that means: now, by our own clock. Without a timestamp the API would read the system's clock.
/// No span can end at this time.
pub(in crate::engine) const NOW: SystemTime = UNIX_EPOCH;

impl RecordedSpan {
    #[inline]
    pub(in crate::engine) const fn new(slot: Box<Slot>) -> Self {
        Self(Some(slot))
    }

    /// What is recorded of it so far; `None` if it is not being recorded.
    #[inline]
    pub(in crate::engine) fn recording(&mut self) -> Option<(&mut RunningSpan, &Recorder)> {
        let Slot { running, recorder: Some(recorder), .. } = self.0.as_deref_mut()? else { return None };
        Some((running, recorder))
    }

    #[inline]
    fn end_at(&mut self, moment: Option<Moment>) {
        if let Some(slot) = &mut self.0
            && let Some(recorder) = slot.recorder.take()
        {
            recorder.end(slot, moment);
        }
    }
}

impl Span for RecordedSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((running, recorder)) = self.recording() {
            running.add_event(&Event::new(name, timestamp, attributes, 0), recorder.limits());
        }
    }

    fn span_context(&self) -> &SpanContext {
        self.0.as_ref().map_or(&SpanContext::NONE, |slot| &slot.context)
    }

    fn is_recording(&self) -> bool {
        self.0.as_ref().is_some_and(|slot| slot.recorder.is_some())
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some((running, recorder)) = self.recording() {
            running.set_attribute(attribute.key.as_str(), &attribute.value, recorder.limits());
        }
    }

    fn set_status(&mut self, status: Status) {
        if let Some((running, _)) = self.recording() {
            running.set_status(status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((running, _)) = self.recording() {
            running.name = Some(new_name.into());
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some((running, recorder)) = self.recording() {
            running.add_link(&Link::new(span_context, attributes, 0), recorder.limits());
        }
    }

    fn end(&mut self) {
        self.end_at(None);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.end_at((timestamp != NOW && !is_now(timestamp)).then(|| Moment::wall(timestamp)));
    }
}

/// Whether the API has just read this time from the system's clock because it was given none. Then our own clock, by which
/// the span has started, is used instead.
fn is_now(time: SystemTime) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|since| since < Duration::from_micros(20))
}

impl Drop for RecordedSpan {
    /// Ends a span that was made through the plain API and never ended explicitly, as the SDK does. Spans of annotated
    /// functions have ended long before.
    #[inline]
    fn drop(&mut self) {
        self.end_at(None);
        if let Some(slot) = self.0.take() {
            thread_state::recycle_slot(slot);
        }
    }
}
