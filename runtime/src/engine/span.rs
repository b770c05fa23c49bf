//! A span of the recorder lane: our implementation of the API's `Span`.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, Span, SpanContext, Status};

use super::clock::{Moment, nanoseconds};
use super::open::Open;
use super::recorder::Held;

/// A span that is recorded until it ends, or one that only carries its identity.
#[derive(Debug)]
pub(crate) struct RecordedSpan {
    context: SpanContext,
    recorded: Option<Recorded>,
}

#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) open: Box<Open>,
    pub(super) recorder: Held,
}

/// Ends a span of ours now, by our own clock, where the API wants a time and would look at the system's.
/// It is before all that a span can have started at.
pub(super) const NOW: SystemTime = UNIX_EPOCH;

impl RecordedSpan {
    pub(super) fn not_recorded(context: SpanContext) -> Self {
        Self { context, recorded: None }
    }

    #[inline]
    pub(super) fn recorded(context: SpanContext, open: Box<Open>, recorder: Held) -> Self {
        Self { context, recorded: Some(Recorded { open, recorder }) }
    }

    #[inline]
    fn end_at(&mut self, moment: Option<Moment>) {
        if let Some(Recorded { open, recorder }) = self.recorded.take() {
            let end = moment.unwrap_or_else(|| recorder.now());
            recorder.ended(open, &self.context, end);
        }
    }
}

impl Span for RecordedSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(Recorded { open, recorder }) = &mut self.recorded {
            open.add_event(&name.into(), nanoseconds(timestamp), &attributes, recorder.limits());
        }
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.recorded.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some(Recorded { open, recorder }) = &mut self.recorded {
            open.set_attribute(attribute.key.as_str(), &attribute.value, recorder.limits());
        }
    }

    fn set_status(&mut self, status: Status) {
        if let Some(Recorded { open, .. }) = &mut self.recorded {
            open.set_status(status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(Recorded { open, .. }) = &mut self.recorded {
            open.name = Some(new_name.into());
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some(Recorded { open, recorder }) = &mut self.recorded {
            open.add_link(&Link::new(span_context, attributes, 0), recorder.limits());
        }
    }

    fn end(&mut self) {
        self.end_at(None);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.end_at((timestamp != NOW).then(|| Moment::wall(timestamp)));
    }
}

impl Drop for RecordedSpan {
    /// A span made through the plain API may never be ended by hand: then it ends here, as it does in
    /// the SDK. Those of an annotated function have ended long before.
    #[inline]
    fn drop(&mut self) {
        self.end_at(None);
    }
}
