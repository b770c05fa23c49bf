//! A span that is about to start: its attributes are being collected.

use opentelemetry::trace::{Link, SpanContext};
use opentelemetry::{Key, KeyValue, Value};

use super::{local, record};
use super::open::Open;
use super::recorder::Held;
use super::span::RecordedSpan;

/// One that is recorded for certain. Dropped, it never was.
#[derive(Debug)]
pub(crate) struct Draft(Option<Parts>);

#[derive(Debug)]
struct Parts {
    context: SpanContext,
    open: Box<Open>,
    recorder: Held,
}

impl Draft {
    #[inline]
    pub(super) fn new(context: SpanContext, open: Box<Open>, recorder: Held) -> Self {
        Self(Some(Parts { context, open, recorder }))
    }

    #[inline]
    pub(crate) fn attribute(&mut self, key: &str, value: &Value) {
        if let Some(Parts { open, recorder, .. }) = &mut self.0 {
            open.set_attribute(key, value, recorder.limits());
        }
    }

    pub(crate) fn name(&mut self, name: String) {
        if let Some(Parts { open, .. }) = &mut self.0 {
            open.name = Some(name.into());
        }
    }

    pub(crate) fn link(&mut self, link: &Link) {
        if let Some(Parts { open, recorder, .. }) = &mut self.0 {
            open.add_link(link, recorder.limits());
        }
    }

    /// The attributes and links that it has so far, and its name where that is not its callsite's.
    pub(crate) fn content(&self) -> (Vec<KeyValue>, Vec<Link>, Option<String>) {
        let Some(Parts { open, .. }) = &self.0 else { return (Vec::new(), Vec::new(), None) };
        let attributes = open.attributes.iter();
        let attributes = attributes.map(|(key, value)| KeyValue::new(Key::new(key.to_owned()), value)).collect();
        (attributes, record::links(&open.links.encoded), open.name.as_deref().map(str::to_owned))
    }

    /// Starts it.
    #[inline]
    pub(super) fn start(mut self) -> Option<RecordedSpan> {
        let Parts { context, mut open, recorder } = self.0.take()?;
        open.start = recorder.now();
        recorder.started();
        Some(RecordedSpan::recorded(context, open, recorder))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(Parts { open, .. }) = self.0.take() {
            local::give_back_box(open);
        }
    }
}
