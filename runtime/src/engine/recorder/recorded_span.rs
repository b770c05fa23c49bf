//! A span of the recorder lane: our implementation of the API's `Span`.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, Span, SpanContext, Status};

use crate::engine::clock::Moment;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::recorder::slot::Slot;
use crate::engine::recorder::thread_state;
use crate::engine::span::running_span::RunningSpan;

/// A span that is recorded until it ends, or one that only carries its identity.
///
/// As small as can be, since it is moved several times on its way into a context. The slot is only gone while
/// it is being dropped.
#[derive(Debug)]
pub(crate) struct RecordedSpan(Option<Box<Slot>>);

/// EndedBy a span of ours now, by our own clock, where the API wants a time and would look at the system's.
/// It is before all that a span can have started at.
pub(in crate::engine) const NOW: SystemTime = UNIX_EPOCH;

impl RecordedSpan {
    #[inline]
    pub(in crate::engine) const fn new(slot: Box<Slot>) -> Self {
        Self(Some(slot))
    }

    /// What is known of it so far, while it is being recorded.
    #[inline]
    pub(in crate::engine) fn open(&mut self) -> Option<(&mut RunningSpan, &Recorder)> {
        let Slot { running, recorder: Some(recorder), .. } = self.0.as_deref_mut()? else { return None };
        Some((running, recorder))
    }

    #[inline]
    fn end_at(&mut self, moment: Option<Moment>) {
        if let Some(slot) = &mut self.0
            && let Some(recorder) = slot.recorder.take()
        {
            recorder.ended(slot, moment);
        }
    }
}

impl Span for RecordedSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((running, recorder)) = self.open() {
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
        if let Some((running, recorder)) = self.open() {
            running.set_attribute(attribute.key.as_str(), &attribute.value, recorder.limits());
        }
    }

    fn set_status(&mut self, status: Status) {
        if let Some((running, _)) = self.open() {
            running.set_status(status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((running, _)) = self.open() {
            running.name = Some(new_name.into());
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some((running, recorder)) = self.open() {
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

/// Whether the API has just asked the system for the time, since it was given none: then ours is the better one, by which
/// the span has started.
fn is_now(time: SystemTime) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|since| since < Duration::from_micros(20))
}

impl Drop for RecordedSpan {
    /// A span made through the plain API may never be ended by hand: then it ends here, as it does in
    /// the SDK. Those of an annotated function have ended long before.
    #[inline]
    fn drop(&mut self) {
        self.end_at(None);
        if let Some(slot) = self.0.take() {
            thread_state::give_back(slot);
        }
    }
}
