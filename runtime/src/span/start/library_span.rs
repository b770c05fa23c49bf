//! A span that Spanwise's HTTP client, HTTP server or bridge from `tracing` is about to start.

use std::borrow::Cow;

use opentelemetry::trace::Link;
use opentelemetry::{Context, Key, Value};

use super::pending::PendingSpan;
use super::pending_link::pending_link_of;
#[cfg(any(feature = "client", feature = "server"))]
use crate::engine::provider::route;
use crate::engine::provider::route::ParentContext::Given;
use crate::engine::span::callsite::Callsite;
use crate::span::active::ActiveSpan;

/// The attributes to make room for: requests have about so many.
const CAPACITY: usize = 16;

/// Collects what a span starts with. Each key is set once.
#[derive(Debug)]
pub(crate) struct LibrarySpanBuilder<'p> {
    parent: &'p Context,
    callsite: &'static Callsite,
    pending: PendingSpan,
}

impl<'p> LibrarySpanBuilder<'p> {
    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) fn under(parent: &'p Context, callsite: &'static Callsite) -> Self {
        if route::may_record() {
            Self::under_checked(parent, callsite)
        } else {
            Self { parent, callsite, pending: PendingSpan::NotRecorded }
        }
    }

    /// The same for callers that have already asked [`route::may_record`], which is to be asked once for each span.
    pub(crate) fn under_checked(parent: &'p Context, callsite: &'static Callsite) -> Self {
        let mut pending = PendingSpan::under(Given(parent), callsite, CAPACITY);
        pending.begin_with_callsite(callsite);
        let mut builder = Self { parent, callsite, pending };
        if let Some(from) = pending_link_of(parent) {
            builder.link(Link::with_context(from));
        }
        builder
    }

    /// Returns whether attributes are worth evaluating.
    pub(crate) fn is_wanted(&self) -> bool {
        self.pending.is_recording()
    }

    pub(crate) fn name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.pending.set_name(name.into());
    }

    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(crate) fn text(&mut self, key: &'static str, text: &str) {
        self.pending.add_text(key, text);
    }

    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) fn number(&mut self, key: &'static str, number: impl Into<i64>) {
        self.value(&Key::from_static_str(key), Value::I64(number.into()));
    }

    pub(crate) fn value(&mut self, key: &Key, value: Value) {
        self.pending.add_attribute(key, value);
    }

    /// Sets an attribute that the callsite may have set already, in place of that.
    #[cfg(feature = "logs")]
    pub(crate) fn own_value(&mut self, key: &Key, value: Value) {
        self.pending.replace_attribute(key, value);
    }

    pub(crate) fn link(&mut self, link: Link) {
        self.pending.add_link(link);
    }

    /// Starts the span; empty where nothing is recorded.
    pub(crate) fn open(self) -> ActiveSpan {
        self.pending.start(self.parent, self.callsite).map_or_else(ActiveSpan::none, ActiveSpan::of)
    }
}
