//! A span that is about to start: its attributes are being collected.

use std::borrow::Cow;

use opentelemetry::trace::Link;
use opentelemetry::{KeyValue, Value};

use crate::engine::queue::record;
use crate::engine::recorder::recorded_span::RecordedSpan;

/// One that is recorded for certain. Dropped, it never was.
#[derive(Debug)]
pub(crate) struct DraftSpan(pub(in crate::engine) RecordedSpan);

impl DraftSpan {
    #[inline]
    pub(crate) fn attribute(&mut self, key: &str, value: &Value) {
        if let Some((running, recorder)) = self.0.open() {
            running.set_attribute(key, value, recorder.limits());
        }
    }

    /// A text, under a key that it does not have yet.
    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(crate) fn new_text(&mut self, key: &str, text: &str) {
        if let Some((running, recorder)) = self.0.open() {
            running.attributes.add_text(key, text, recorder.limits());
        }
    }

    /// A value, under a key that it does not have yet.
    #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
    #[inline]
    pub(crate) fn new_attribute(&mut self, key: &str, value: &Value) {
        if let Some((running, recorder)) = self.0.open() {
            running.attributes.add(key, value, recorder.limits());
        }
    }

    pub(crate) fn name(&mut self, name: impl Into<Cow<'static, str>>) {
        if let Some((running, _)) = self.0.open() {
            running.name = Some(name.into());
        }
    }

    pub(crate) fn link(&mut self, link: &Link) {
        if let Some((running, recorder)) = self.0.open() {
            running.add_link(link, recorder.limits());
        }
    }

    /// Whether it is linked to anything.
    #[inline]
    pub(crate) fn is_linked(&mut self) -> bool {
        self.0.open().is_some_and(|(running, _)| !running.links.encoded.is_empty())
    }

    /// The attributes and links that it has so far, and its name where that is not its callsite's.
    pub(crate) fn content(&mut self) -> (Vec<KeyValue>, Vec<Link>, Option<String>) {
        let Some((running, _)) = self.0.open() else { return (Vec::new(), Vec::new(), None) };
        let name = running.name.as_deref().map(str::to_owned);
        (running.attributes.decoded(), record::links(&running.links.encoded), name)
    }

    /// Starts it.
    #[inline]
    pub(in crate::engine) fn start(mut self) -> RecordedSpan {
        if let Some((running, recorder)) = self.0.open() {
            recorder.start_drafted(running);
        }
        self.0
    }
}
