//! A span that is about to start, while its attributes are being set.

use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanKind, Status};
use opentelemetry::{KeyValue, Value};

use crate::engine::queue::record::read_links;
use crate::engine::recorder::recorded_span::RecordedSpan;
use crate::engine::span::running_span::SpanSource;

/// A span that is about to start, and will be recorded for certain. Dropping it discards it without a trace.
#[derive(Debug)]
pub(crate) struct DraftSpan(pub(in crate::engine) RecordedSpan);

impl DraftSpan {
    /// Sets an attribute.
    #[inline]
    pub(crate) fn attribute(&mut self, key: &str, value: &Value) {
        if let Some((running, recorder)) = self.0.recording() {
            running.set_attribute(key, value, recorder.limits());
        }
    }

    /// Adds a text whose key is not there yet.
    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(crate) fn new_text(&mut self, key: &str, text: &str) {
        if let Some((running, recorder)) = self.0.recording() {
            running.attributes.add_text(key, text, recorder.limits());
        }
    }

    /// Adds an attribute whose key is not there yet.
    #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
    #[inline]
    pub(crate) fn new_attribute(&mut self, key: &str, value: &Value) {
        if let Some((running, recorder)) = self.0.recording() {
            running.attributes.add(key, value, recorder.limits());
        }
    }

    /// Sets the name.
    pub(crate) fn name(&mut self, name: impl Into<Cow<'static, str>>) {
        if let Some((running, _)) = self.0.recording() {
            running.name = Some(name.into());
        }
    }

    /// Sets the kind.
    pub(crate) fn kind(&mut self, kind: SpanKind) {
        if let Some((running, recorder)) = self.0.recording() {
            running.set_kind(kind, recorder.limits());
        }
    }

    /// Sets the status.
    pub(crate) fn status(&mut self, status: Status) {
        if let Some((running, _)) = self.0.recording() {
            running.set_status(status);
        }
    }

    /// Adds a link.
    pub(crate) fn link(&mut self, link: &Link) {
        if let Some((running, recorder)) = self.0.recording() {
            running.add_link(link, recorder.limits());
        }
    }

    /// Whether it has links.
    #[inline]
    pub(crate) fn is_linked(&mut self) -> bool {
        self.0.recording().is_some_and(|(running, _)| !running.links.encoded.is_empty())
    }

    /// The kind that it has, if that is not its callsite's, and its status.
    pub(crate) fn kind_and_status(&mut self) -> (Option<SpanKind>, Status) {
        let Some((running, _)) = self.0.recording() else { return (None, Status::Unset) };
        let kind = match &running.source {
            SpanSource::Scope(_, kind) => Some(kind.clone()),
            _ => None,
        };
        (kind, running.status.clone())
    }

    /// The attributes and links that it has so far, and its name if that is not its callsite's.
    pub(crate) fn content(&mut self) -> (Vec<KeyValue>, Vec<Link>, Option<String>) {
        let Some((running, _)) = self.0.recording() else { return (Vec::new(), Vec::new(), None) };
        let name = running.name.as_deref().map(str::to_owned);
        (running.attributes.decoded(), read_links(&running.links.encoded), name)
    }

    /// Starts the span.
    #[inline]
    pub(in crate::engine) fn start(mut self) -> RecordedSpan {
        if let Some((running, recorder)) = self.0.recording() {
            recorder.mark_started(running);
        }
        self.0
    }
}
