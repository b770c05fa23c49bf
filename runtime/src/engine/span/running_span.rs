//! A span that is being recorded: what is known of it so far, in the form it will be sent in.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{KeyValue, Value};

use crate::engine::clock::{Moment, nanoseconds};
use crate::engine::span::attributes::Attributes;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::limits::Limits;
use crate::engine::span::scope::Scope;
use crate::otlp;
use crate::sampling::decision::public_flags;

/// What made a span.
#[derive(Clone, Debug)]
pub(crate) enum SpanSource {
    /// A callsite, whose attributes the span has.
    Callsite(&'static Callsite),
    /// A tracer; or a callsite, where the span does not have all of its attributes, and has the others itself.
    Scope(Arc<Scope>, SpanKind),
    /// It is not known yet.
    Nothing,
}

/// What is recorded of a span.
#[derive(Debug)]
pub(in crate::engine) struct RunningSpan {
    pub(in crate::engine) origin: SpanSource,
    pub(in crate::engine) parent_span_id: SpanId,
    pub(in crate::engine) parent_is_remote: bool,
    pub(in crate::engine) start: Moment,
    /// Where it is not the callsite's.
    pub(in crate::engine) name: Option<Cow<'static, str>>,
    pub(in crate::engine) attributes: Attributes,
    pub(in crate::engine) events: EncodedList,
    pub(in crate::engine) links: EncodedList,
    pub(in crate::engine) status: Status,
    /// A hook has dropped it, and it is handed over all the same.
    pub(in crate::engine) is_unwanted: bool,
}

/// Encoded events or links.
#[derive(Debug, Default)]
pub(in crate::engine) struct EncodedList {
    pub(in crate::engine) encoded: Vec<u8>,
    pub(in crate::engine) count: u32,
    pub(in crate::engine) dropped: u32,
}

impl EncodedList {
    fn clear(&mut self) {
        self.encoded.clear();
        self.count = 0;
        self.dropped = 0;
    }

    /// Whether there is room for one more; counted either way.
    fn has_room(&mut self, limit: u32) -> bool {
        let has_room = self.count < limit;
        let counter = if has_room { &mut self.count } else { &mut self.dropped };
        *counter = counter.saturating_add(1);
        has_room
    }
}

/// A span that has not started yet.
const NOT_STARTED: Moment = Moment::Ticks(0);

/// A box one of whose vectors has grown beyond this many bytes is not used again.
const MOST_ROOM: usize = 4 * 1024;

impl RunningSpan {
    pub(in crate::engine) fn empty() -> Self {
        Self {
            origin: SpanSource::Nothing,
            parent_span_id: SpanId::INVALID,
            parent_is_remote: false,
            start: NOT_STARTED,
            name: None,
            attributes: Attributes::default(),
            events: EncodedList::default(),
            links: EncodedList::default(),
            status: Status::Unset,
            is_unwanted: false,
        }
    }

    /// Empty again.
    #[inline]
    pub(in crate::engine) fn clear(&mut self, origin: SpanSource, beforehand: u32, parent: &SpanContext) {
        self.origin = origin;
        self.parent_span_id = parent.span_id();
        self.parent_is_remote = parent.is_remote();
        self.start = NOT_STARTED;
        self.name = None;
        self.attributes.clear(beforehand);
        if self.events.count > 0 || self.events.dropped > 0 {
            self.events.clear();
        }
        if self.links.count > 0 || self.links.dropped > 0 {
            self.links.clear();
        }
        self.status = Status::Unset;
        self.is_unwanted = false;
    }

    pub(in crate::engine) fn has_started(&self) -> bool {
        self.start != NOT_STARTED
    }

    /// Whether the span began here: it has no parent, or its parent is another process's.
    #[inline]
    pub(in crate::engine) fn is_local_root(&self) -> bool {
        self.parent_span_id == SpanId::INVALID || self.parent_is_remote
    }

    /// Whether it is worth keeping for another span.
    #[inline]
    pub(in crate::engine) fn is_small(&self) -> bool {
        self.attributes.encoded.capacity() <= MOST_ROOM
            && self.events.encoded.capacity() <= MOST_ROOM
            && self.links.encoded.capacity() <= MOST_ROOM
    }

    /// The callsite's attributes as the span's own, so that they can be changed one by one.
    pub(in crate::engine) fn own_place(&mut self, limits: &Limits) {
        let SpanSource::Callsite(callsite) = self.origin else { return };
        let known = callsite.known();
        if self.name.is_none() {
            self.name = Some(Cow::Borrowed(callsite.name()));
        }
        self.origin = SpanSource::Scope(Arc::clone(&known.scope), callsite.kind().clone());
        self.attributes.give_room(known.count);
        for attribute in callsite.attributes() {
            self.attributes.set(attribute.key.as_str(), &attribute.value, limits);
        }
    }

    #[inline]
    pub(in crate::engine) fn set_attribute(&mut self, key: &str, value: &Value, limits: &Limits) {
        if Callsite::has(key) {
            self.own_place(limits);
        }
        self.attributes.set(key, value, limits);
    }

    pub(in crate::engine) fn remove_attribute(&mut self, key: &str, limits: &Limits) -> bool {
        if Callsite::has(key) {
            self.own_place(limits);
        }
        self.attributes.remove(key)
    }

    pub(in crate::engine) fn set_status(&mut self, status: Status) {
        // Ok is final, and an error is not unset: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
        let is_another_error =
            matches!((&status, &self.status), (Status::Error { .. }, Status::Error { .. }));
        if status >= self.status || is_another_error {
            self.status = status;
        }
    }

    pub(in crate::engine) fn add_event(&mut self, event: &Event, limits: &Limits) {
        if !self.events.has_room(limits.events) {
            return;
        }
        let mut message = Vec::new();
        otlp::put_fixed64(&mut message, 1, nanoseconds(event.timestamp));
        otlp::put_bytes(&mut message, 2, event.name.as_bytes());
        let dropped = event.dropped_attributes_count;
        put_attributes(&mut message, 3, &event.attributes, limits.attributes_of_event, limits, dropped);
        otlp::put_bytes(&mut self.events.encoded, 11, &message);
    }

    /// Others had dropped some before.
    pub(in crate::engine) const fn count_dropped(&mut self, attributes: u32, events: u32, links: u32) {
        self.attributes.dropped = self.attributes.dropped.saturating_add(attributes);
        self.events.dropped = self.events.dropped.saturating_add(events);
        self.links.dropped = self.links.dropped.saturating_add(links);
    }

    pub(in crate::engine) fn add_link(&mut self, link: &Link, limits: &Limits) {
        if !self.links.has_room(limits.links) {
            return;
        }
        let to = &link.span_context;
        let mut message = Vec::new();
        otlp::put_bytes(&mut message, 1, &to.trace_id().to_bytes());
        otlp::put_bytes(&mut message, 2, &to.span_id().to_bytes());
        otlp::put_bytes(&mut message, 3, to.trace_state().header().as_bytes());
        let dropped = link.dropped_attributes_count;
        put_attributes(&mut message, 4, &link.attributes, limits.attributes_of_link, limits, dropped);
        otlp::put_fixed32(&mut message, 6, flags(to.trace_flags(), to.is_remote()));
        otlp::put_bytes(&mut self.links.encoded, 13, &message);
    }

    /// Writes the fields that few spans have, and those that stand in the span's own place of a
    /// callsite's: all but ids, flags and times.
    #[inline]
    pub(in crate::engine) fn put_fields(&self, out: &mut Vec<u8>, context: &SpanContext) {
        out.extend_from_slice(&self.attributes.encoded);
        let rare = self.name.is_some()
            || self.attributes.dropped > 0
            || self.events.count > 0
            || self.events.dropped > 0
            || self.links.count > 0
            || self.links.dropped > 0
            || self.status != Status::Unset
            || *context.trace_state() != TraceState::NONE;
        if rare {
            self.put_rare_fields(out, context);
        }
    }

    #[inline(never)]
    fn put_rare_fields(&self, out: &mut Vec<u8>, context: &SpanContext) {
        if let Some(name) = &self.name {
            otlp::put_bytes(out, 5, name.as_bytes());
        }
        otlp::put_bytes(out, 3, context.trace_state().header().as_bytes());
        otlp::put_number(out, 10, self.attributes.dropped.into());
        out.extend_from_slice(&self.events.encoded);
        otlp::put_number(out, 12, self.events.dropped.into());
        out.extend_from_slice(&self.links.encoded);
        otlp::put_number(out, 14, self.links.dropped.into());
        let mut status = Vec::new();
        match &self.status {
            Status::Unset => return,
            Status::Ok => otlp::put_number(&mut status, 3, 1),
            Status::Error { description } => {
                otlp::put_bytes(&mut status, 2, description.as_bytes());
                otlp::put_number(&mut status, 3, 2);
            }
        }
        otlp::put_bytes(out, 15, &status);
    }
}

/// The attributes of an event or a link up to the limit; those beyond are counted in the field
/// that follows.
fn put_attributes(
    out: &mut Vec<u8>,
    field: u8,
    attributes: &[KeyValue],
    most: u32,
    limits: &Limits,
    dropped_before: u32,
) {
    let most = most as usize;
    for attribute in attributes.iter().take(most) {
        otlp::put_attribute(out, field, attribute.key.as_str(), &attribute.value, limits.value_length);
    }
    let beyond = u32::try_from(attributes.len().saturating_sub(most)).unwrap_or(u32::MAX);
    otlp::put_number(out, field + 1, dropped_before.saturating_add(beyond).into());
}

/// The trace flags, and whether the parent (of a link: the linked span) is another process's.
#[inline]
pub(crate) fn flags(flags: TraceFlags, remote: bool) -> u32 {
    /// It is known whether it is.
    const HAS_IS_REMOTE: u32 = 0x100;
    const IS_REMOTE: u32 = 0x200;
    u32::from(public_flags(flags).to_u8()) | HAS_IS_REMOTE | if remote { IS_REMOTE } else { 0 }
}
