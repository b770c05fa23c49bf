//! A span that is being recorded, mostly encoded already as the OTLP span that will be sent.
//!
//! What is encoded here is decoded in `engine/queue/record.rs`.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Value;
use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceState};

use crate::engine::clock::moment::Moment;
use crate::engine::span::attributes::Attributes;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::limits::Limits;
use crate::engine::span::scope::Scope;
use crate::otlp;
use crate::otlp::fields::span as fields;
use crate::sampling::flags::public_flags;

/// What made a span.
#[derive(Clone, Debug)]
pub(crate) enum SpanSource {
    /// A callsite. The span has all of its attributes.
    Callsite(&'static Callsite),
    /// A tracer; or a callsite some of whose attributes were changed, so that the span holds them itself.
    Scope(Arc<Scope>, SpanKind),
    /// Not known yet.
    Unknown,
}

/// What is recorded of a span so far.
#[derive(Debug)]
pub(in crate::engine) struct RunningSpan {
    pub(in crate::engine) source: SpanSource,
    pub(in crate::engine) parent_span_id: SpanId,
    pub(in crate::engine) parent_is_remote: bool,
    pub(in crate::engine) start: Moment,
    /// Its name, if it is not the callsite's.
    pub(in crate::engine) name: Option<Cow<'static, str>>,
    pub(in crate::engine) attributes: Attributes,
    pub(in crate::engine) events: EncodedList,
    pub(in crate::engine) links: EncodedList,
    pub(in crate::engine) status: Status,
    /// A hook has dropped it, but the tail buffer has to see it.
    pub(in crate::engine) is_dropped_by_hook: bool,
}

/// Encoded events or links.
#[derive(Debug, Default)]
pub(in crate::engine) struct EncodedList {
    pub(in crate::engine) encoded: Vec<u8>,
    pub(in crate::engine) count: u32,
    /// How many were over the limit.
    pub(in crate::engine) dropped: u32,
}

impl EncodedList {
    fn clear(&mut self) {
        self.encoded.clear();
        self.count = 0;
        self.dropped = 0;
    }

    /// Whether the limit allows one more. Counts it as added or as dropped.
    fn count_one(&mut self, limit: u32) -> bool {
        let is_allowed = self.count < limit;
        let counter = if is_allowed { &mut self.count } else { &mut self.dropped };
        *counter = counter.saturating_add(1);
        is_allowed
    }
}

/// The start of a span that has not started yet.
const NOT_STARTED: Moment = Moment::Ticks(0);

/// A slot is not used again if one of its vectors has more capacity than this many bytes.
const MAX_REUSED_CAPACITY: usize = 4 * 1024;

impl RunningSpan {
    pub(in crate::engine) fn empty() -> Self {
        Self {
            source: SpanSource::Unknown,
            parent_span_id: SpanId::INVALID,
            parent_is_remote: false,
            start: NOT_STARTED,
            name: None,
            attributes: Attributes::default(),
            events: EncodedList::default(),
            links: EncodedList::default(),
            status: Status::Unset,
            is_dropped_by_hook: false,
        }
    }

    /// Resets it for a new span. `callsite_count` attributes of the callsite count toward the limit.
    #[inline]
    pub(in crate::engine) fn reset(&mut self, source: SpanSource, callsite_count: u32, parent: &SpanContext) {
        self.source = source;
        self.parent_span_id = parent.span_id();
        self.parent_is_remote = parent.is_remote();
        self.start = NOT_STARTED;
        self.name = None;
        self.attributes.clear(callsite_count);
        if self.events.count > 0 || self.events.dropped > 0 {
            self.events.clear();
        }
        if self.links.count > 0 || self.links.dropped > 0 {
            self.links.clear();
        }
        self.status = Status::Unset;
        self.is_dropped_by_hook = false;
    }

    pub(in crate::engine) fn has_started(&self) -> bool {
        self.start != NOT_STARTED
    }

    /// Whether the span is a local root: it has no parent, or its parent is in another process.
    #[inline]
    pub(in crate::engine) fn is_local_root(&self) -> bool {
        self.parent_span_id == SpanId::INVALID || self.parent_is_remote
    }

    /// Whether its memory is worth keeping for another span.
    #[inline]
    pub(in crate::engine) fn is_small(&self) -> bool {
        self.attributes.encoded.capacity() <= MAX_REUSED_CAPACITY
            && self.events.encoded.capacity() <= MAX_REUSED_CAPACITY
            && self.links.encoded.capacity() <= MAX_REUSED_CAPACITY
    }

    /// Copies the callsite's attributes into the span, so that they can be changed one by one.
    pub(in crate::engine) fn own_callsite_attributes(&mut self, limits: &Limits) {
        let SpanSource::Callsite(callsite) = self.source else { return };
        let data = callsite.data();
        if self.name.is_none() {
            self.name = Some(Cow::Borrowed(callsite.name()));
        }
        self.source = SpanSource::Scope(Arc::clone(&data.scope), callsite.kind().clone());
        self.attributes.uncount(data.count);
        for attribute in callsite.attributes() {
            self.attributes.set(attribute.key.as_str(), &attribute.value, limits);
        }
    }

    /// Gives the span another kind than its callsite's.
    pub(in crate::engine) fn set_kind(&mut self, kind: SpanKind, limits: &Limits) {
        self.own_callsite_attributes(limits);
        if let SpanSource::Scope(_, known) = &mut self.source {
            *known = kind;
        }
    }

    #[inline]
    pub(in crate::engine) fn set_attribute(&mut self, key: &str, value: &Value, limits: &Limits) {
        if Callsite::sets(key) {
            self.own_callsite_attributes(limits);
        }
        self.attributes.set(key, value, limits);
    }

    pub(in crate::engine) fn remove_attribute(&mut self, key: &str, limits: &Limits) -> bool {
        if Callsite::sets(key) {
            self.own_callsite_attributes(limits);
        }
        self.attributes.remove(key)
    }

    pub(in crate::engine) fn set_status(&mut self, status: Status) {
        // Ok is final, and an error cannot be unset: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
        let is_another_error =
            matches!((&status, &self.status), (Status::Error { .. }, Status::Error { .. }));
        if status >= self.status || is_another_error {
            self.status = status;
        }
    }

    pub(in crate::engine) fn add_event(&mut self, event: &Event, limits: &Limits) {
        if self.events.count_one(limits.events) {
            otlp::put_event(&mut self.events.encoded, event, limits.of_event());
        }
    }

    /// Adds what was dropped elsewhere before.
    pub(in crate::engine) const fn count_dropped(&mut self, attributes: u32, events: u32, links: u32) {
        self.attributes.dropped = self.attributes.dropped.saturating_add(attributes);
        self.events.dropped = self.events.dropped.saturating_add(events);
        self.links.dropped = self.links.dropped.saturating_add(links);
    }

    pub(in crate::engine) fn add_link(&mut self, link: &Link, limits: &Limits) {
        if self.links.count_one(limits.links) {
            let flags = public_flags(link.span_context.trace_flags());
            otlp::put_link(&mut self.links.encoded, link, flags, limits.of_link());
        }
    }

    /// Appends the span's own fields: all but ids, flags, kind and times, and what the callsite has.
    #[inline]
    pub(in crate::engine) fn put_fields(&self, out: &mut Vec<u8>, context: &SpanContext) {
        out.extend_from_slice(&self.attributes.encoded);
        let has_rare_fields = self.name.is_some()
            || self.attributes.dropped > 0
            || self.events.count > 0
            || self.events.dropped > 0
            || self.links.count > 0
            || self.links.dropped > 0
            || self.status != Status::Unset
            || *context.trace_state() != TraceState::NONE;
        if has_rare_fields {
            self.put_rare_fields(out, context);
        }
    }

    #[inline(never)]
    fn put_rare_fields(&self, out: &mut Vec<u8>, context: &SpanContext) {
        if let Some(name) = &self.name {
            otlp::put_bytes(out, fields::NAME, name.as_bytes());
        }
        otlp::put_bytes(out, fields::TRACE_STATE, context.trace_state().header().as_bytes());
        otlp::put_number(out, fields::DROPPED_ATTRIBUTES_COUNT, self.attributes.dropped.into());
        out.extend_from_slice(&self.events.encoded);
        otlp::put_number(out, fields::DROPPED_EVENTS_COUNT, self.events.dropped.into());
        out.extend_from_slice(&self.links.encoded);
        otlp::put_number(out, fields::DROPPED_LINKS_COUNT, self.links.dropped.into());
        otlp::put_status(out, &self.status);
    }
}

/// The `flags` of an OTLP span: its trace flags, and whether its parent is in another process.
#[inline]
pub(crate) fn flags(flags: TraceFlags, parent_is_remote: bool) -> u32 {
    otlp::span_flags(public_flags(flags), parent_is_remote)
}
