//! A span that is about to start: its name, attributes and links are collected here.
//!
//! Two thin fronts share it: [`UserSpanBuilder`](super::user_span::UserSpanBuilder) for annotated functions and `span!`, and
//! [`LibrarySpanBuilder`](super::library_span::LibrarySpanBuilder) for the HTTP client, the HTTP server and the bridge from `tracing`.

#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanKind, Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

use crate::engine::provider::route::{self, DraftSpan, EarlyDecision, ParentContext, StartedSpan};
use crate::engine::span::callsite::Callsite;

/// A span that has not started yet.
#[derive(Debug)]
pub(in crate::span) enum PendingSpan {
    /// Nothing is recorded.
    NotRecorded,
    /// The span will be recorded: its attributes are encoded as they are added.
    Draft(DraftSpan),
    /// A sampler, a hook or another provider must see the attributes before it decides.
    Deferred(Box<SpanContent>),
}

/// What a span starts with.
#[derive(Clone, Debug, Default)]
pub(in crate::span) struct SpanContent {
    /// The name that the sampler sees, where it is not the callsite's.
    #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
    name: Option<Cow<'static, str>>,
    /// A name that the span gets once the sampler has decided to record it.
    rename: Option<String>,
    /// The kind, where it is not the callsite's.
    kind: Option<SpanKind>,
    status: Option<Status>,
    attributes: Vec<KeyValue>,
    links: Vec<Link>,
}

impl PendingSpan {
    /// A span of `callsite` under `parent`. Call this only where [`route::may_record`] has returned `true`.
    ///
    /// `capacity` is the number of attributes to make room for, where they are collected in a list.
    #[inline]
    pub(in crate::span) fn under(
        parent: ParentContext<'_>,
        callsite: &'static Callsite,
        capacity: usize,
    ) -> Self {
        match route::early_decision(parent) {
            EarlyDecision::NotRecorded => Self::NotRecorded,
            EarlyDecision::Recorded => route::draft(parent, callsite).map_or(Self::NotRecorded, Self::Draft),
            EarlyDecision::Ask => Self::deferred(capacity),
        }
    }

    #[cold]
    fn deferred(capacity: usize) -> Self {
        let attributes = Vec::with_capacity(capacity);
        Self::Deferred(Box::new(SpanContent { attributes, ..SpanContent::default() }))
    }

    /// Returns whether the span may be recorded, and its attributes are worth evaluating.
    #[inline]
    pub(in crate::span) const fn is_recording(&self) -> bool {
        !matches!(self, Self::NotRecorded)
    }

    /// Sets an attribute, in place of one with the same key.
    #[inline]
    pub(in crate::span) fn set_attribute(&mut self, key: &'static str, value: Value) {
        match self {
            Self::Draft(draft) => draft.attribute(key, &value),
            Self::Deferred(content) => content.attributes.push(KeyValue::new(key, value)),
            Self::NotRecorded => {}
        }
    }

    pub(in crate::span) fn add_link(&mut self, link: Link) {
        match self {
            Self::Draft(draft) => draft.link(&link),
            Self::Deferred(content) => content.links.push(link),
            Self::NotRecorded => {}
        }
    }

    /// Gives the span a name that the sampler does not see.
    pub(in crate::span) fn rename(&mut self, name: String) {
        match self {
            Self::Draft(draft) => draft.name(name),
            Self::Deferred(content) => content.rename = Some(name),
            Self::NotRecorded => {}
        }
    }

    /// Sets another kind than the callsite's.
    pub(in crate::span) fn set_kind(&mut self, kind: SpanKind) {
        match self {
            Self::Draft(draft) => draft.kind(kind),
            Self::Deferred(content) => content.kind = Some(kind),
            Self::NotRecorded => {}
        }
    }

    /// Sets the status that the span starts with.
    pub(in crate::span) fn set_status(&mut self, status: Status) {
        match self {
            Self::Draft(draft) => draft.status(status),
            Self::Deferred(content) => content.status = Some(status),
            Self::NotRecorded => {}
        }
    }

    /// Copies what has been collected so far, for another span like this one.
    pub(in crate::span) fn content(&mut self) -> SpanContent {
        match self {
            Self::Draft(draft) => {
                let (attributes, links, rename) = draft.content();
                let (kind, status) = draft.kind_and_status();
                let status = Some(status);
                SpanContent {
                    #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
                    name: None,
                    rename,
                    kind,
                    status,
                    attributes,
                    links,
                }
            }
            Self::Deferred(content) => (**content).clone(),
            Self::NotRecorded => SpanContent::default(),
        }
    }

    /// Adds what [`content`](Self::content) has copied from another span. To be called before anything else is added.
    pub(in crate::span) fn fill(&mut self, from: &SpanContent) {
        match self {
            Self::Draft(draft) => {
                if let Some(kind) = &from.kind {
                    draft.kind(kind.clone());
                }
                if let Some(status) = &from.status {
                    draft.status(status.clone());
                }
                for attribute in &from.attributes {
                    draft.attribute(attribute.key.as_str(), &attribute.value);
                }
                from.links.iter().for_each(|link| draft.link(link));
                if let Some(name) = &from.rename {
                    draft.name(name.clone());
                }
            }
            Self::Deferred(content) => (**content).clone_from(from),
            Self::NotRecorded => {}
        }
    }

    /// Starts the span under `parent`; `None` where nothing is recorded.
    #[inline]
    pub(in crate::span) fn start(self, parent: &Context, callsite: &'static Callsite) -> Option<StartedSpan> {
        match self {
            Self::Draft(draft) => Some(route::start_draft(parent, draft)),
            Self::Deferred(content) => content.start(parent, callsite),
            Self::NotRecorded => route::start_unrecorded(parent, callsite),
        }
    }
}

/// For Spanwise's own spans, which set each key once and know their name before they start.
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
impl PendingSpan {
    /// Puts the callsite's attributes before all others, as a draft has them already: a limit then drops the others first.
    pub(in crate::span) fn begin_with_callsite(&mut self, callsite: &'static Callsite) {
        if let Self::Deferred(content) = self {
            content.attributes.extend(callsite.attributes());
        }
    }

    /// Gives the span a name that the sampler sees, too.
    pub(in crate::span) fn set_name(&mut self, name: Cow<'static, str>) {
        match self {
            Self::Draft(draft) => draft.name(name),
            Self::Deferred(content) => content.name = Some(name),
            Self::NotRecorded => {}
        }
    }

    /// Adds an attribute whose key is not there yet.
    #[inline]
    pub(in crate::span) fn add_attribute(&mut self, key: &opentelemetry::Key, value: Value) {
        match self {
            Self::Draft(draft) => draft.new_attribute(key.as_str(), &value),
            Self::Deferred(content) => content.attributes.push(KeyValue::new(key.clone(), value)),
            Self::NotRecorded => {}
        }
    }

    /// Adds a text whose key is not there yet.
    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(in crate::span) fn add_text(&mut self, key: &'static str, text: &str) {
        match self {
            Self::Draft(draft) => draft.new_text(key, text),
            Self::Deferred(content) => content.attributes.push(KeyValue::new(key, text.to_owned())),
            Self::NotRecorded => {}
        }
    }

    /// Sets an attribute that the callsite may have set already, in place of that.
    #[cfg(feature = "logs")]
    pub(in crate::span) fn replace_attribute(&mut self, key: &opentelemetry::Key, value: Value) {
        match self {
            Self::Draft(draft) => draft.attribute(key.as_str(), &value),
            Self::Deferred(content) => match content.attributes.iter_mut().find(|known| known.key == *key) {
                Some(known) => known.value = value,
                None => content.attributes.push(KeyValue::new(key.clone(), value)),
            },
            Self::NotRecorded => {}
        }
    }
}

impl SpanContent {
    #[inline]
    pub(in crate::span) fn is_linked(&self) -> bool {
        !self.links.is_empty()
    }

    /// Lets the sampler, the hooks or the provider decide, and starts the span; `None` where nothing is recorded.
    pub(in crate::span) fn start(self, parent: &Context, callsite: &'static Callsite) -> Option<StartedSpan> {
        let mut new = callsite.new_span(self.attributes);
        new.links = self.links;
        new.rename = self.rename;
        if let Some(kind) = self.kind {
            new.kind = kind;
        }
        #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
        if let Some(name) = self.name {
            new.name = name;
        }
        let started = route::start(parent, new, Some(callsite));
        if let (Some(started), Some(status)) = (&started, self.status) {
            started.context.span().set_status(status);
        }
        started
    }
}
