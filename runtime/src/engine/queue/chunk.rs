//! Ended spans, as they pass from the threads that record to the one that exports.

use std::sync::Arc;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId};

use crate::engine::clock::Moment;
use crate::engine::queue::prefetch;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::running_span::{RunningSpan, SpanSource};
use crate::engine::span::scope::Scope;
#[cfg(feature = "otlp")]
use crate::sampling::decision::{is_tail_buffered_flags, public_flags};

/// Spans that have ended on one thread.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The first `count` of these; the others are room, which is written to without anything being moved.
    spans: Vec<Ended>,
    count: usize,
    /// The fields of all of them, one after the other.
    fields: Vec<u8>,
    /// The scopes of those that have no callsite.
    scopes: Vec<Arc<Scope>>,
    /// What the scopes take that came from other chunks, in bytes: they may be held for long.
    of_scopes: usize,
}

/// A span that has ended, but for the fields that are encoded already. Small, because it is written where
/// another processor has read before.
#[derive(Clone, Copy, Debug)]
struct Ended {
    callsite: Option<&'static Callsite>,
    trace_id: TraceId,
    span_id: SpanId,
    parent_span_id: SpanId,
    start: u64,
    end: u64,
    /// How many bytes of the chunk's fields are its own.
    length: u32,
    /// Where it has no callsite, which of the chunk's scopes it is of.
    scope: u32,
    /// The trace flags, the kind of a span without a callsite, and what follows, in one number: it is written
    /// in one step.
    bits: u32,
}

const PARENT_IS_REMOTE: u32 = 1 << 16;
const IS_ERROR: u32 = 1 << 17;
const IS_RENAMED: u32 = 1 << 18;
const START_IS_WALL: u32 = 1 << 19;
const END_IS_WALL: u32 = 1 << 20;
/// A hook has dropped it, and it is held to be looked at.
const IS_UNWANTED: u32 = 1 << 21;

const ROOM: Ended = Ended {
    callsite: None,
    trace_id: TraceId::INVALID,
    span_id: SpanId::INVALID,
    parent_span_id: SpanId::INVALID,
    start: 0,
    end: 0,
    length: 0,
    scope: 0,
    bits: 0,
};

const KINDS: [SpanKind; 5] =
    [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];

/// A span of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndedSpan<'a> {
    ended: &'a Ended,
    scopes: &'a [Arc<Scope>],
    /// Its other fields, as an OTLP span has them.
    pub(crate) fields: &'a [u8],
}

impl Chunk {
    /// With room for so many spans.
    pub(in crate::engine) fn with_room(spans: usize) -> Self {
        Self { spans: vec![ROOM; spans], ..Self::default() }
    }

    /// Adds a span. `false`: it has 4 GiB of fields, and nobody would take it.
    #[inline]
    #[must_use]
    pub(in crate::engine) fn push(
        &mut self,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) -> bool {
        let (callsite, scope, kind) = match &running.origin {
            SpanSource::Callsite(callsite) => (Some(*callsite), 0, 0),
            SpanSource::Scope(scope, kind) => (None, self.scope(scope), number_of(kind)),
            SpanSource::Nothing => return false,
        };
        let begin = self.fields.len();
        running.put_fields(&mut self.fields, context);
        let Ok(length) = u32::try_from(self.fields.len() - begin) else {
            self.fields.truncate(begin);
            return false;
        };
        let bit = |is: bool, bit: u32| if is { bit } else { 0 };
        let bits = u32::from(context.trace_flags().to_u8())
            | kind << 8
            | bit(running.parent_is_remote, PARENT_IS_REMOTE)
            | bit(matches!(running.status, Status::Error { .. }), IS_ERROR)
            | bit(running.name.is_some(), IS_RENAMED)
            | bit(running.start.is_wall(), START_IS_WALL)
            | bit(end.is_wall(), END_IS_WALL)
            | bit(running.is_unwanted, IS_UNWANTED);
        if self.count == self.spans.len() {
            self.grow();
        }
        let Some(room) = self.spans.get_mut(self.count) else { return false };
        *room = Ended {
            callsite,
            trace_id: context.trace_id(),
            span_id: context.span_id(),
            parent_span_id: running.parent_span_id,
            start: running.start.number(),
            end: end.number(),
            length,
            scope,
            bits,
        };
        prefetch::after(room);
        prefetch::after_last(&mut self.fields);
        self.count += 1;
        true
    }

    #[cold]
    fn grow(&mut self) {
        self.spans.resize((self.spans.len() * 2).max(8), ROOM);
    }

    #[cold]
    fn scope(&mut self, scope: &Arc<Scope>) -> u32 {
        let known = self.scopes.iter().position(|known| Arc::ptr_eq(known, scope));
        let index = known.unwrap_or_else(|| {
            self.scopes.push(Arc::clone(scope));
            self.scopes.len() - 1
        });
        u32::try_from(index).unwrap_or_default()
    }

    /// One of the same content: each tracer has a scope of its own, and each span may have come by another one.
    #[cfg(feature = "otlp")]
    fn equal_scope(&mut self, scope: &Arc<Scope>) -> u32 {
        let known = match self.scopes.last() {
            Some(last) if last.is(scope) => Some(self.scopes.len() - 1),
            _ => self.scopes.iter().position(|known| known.is(scope)),
        };
        let index = known.unwrap_or_else(|| {
            self.of_scopes += scope.encoded.len() + size_of::<Scope>();
            self.scopes.push(Arc::clone(scope));
            self.scopes.len() - 1
        });
        u32::try_from(index).unwrap_or_default()
    }

    /// Adds a span of another chunk, with more fields, as one that is not held back any more.
    #[cfg(feature = "otlp")]
    pub(crate) fn add(&mut self, span: EndedSpan<'_>, more: &[u8]) {
        let scope = match span.scope() {
            Some(scope) if span.callsite().is_none() => self.equal_scope(scope),
            _ => 0,
        };
        let begin = self.fields.len();
        if !span.is_unwanted() {
            self.fields.extend_from_slice(span.fields);
        }
        self.fields.extend_from_slice(more);
        let Ok(length) = u32::try_from(self.fields.len() - begin) else {
            return self.fields.truncate(begin);
        };
        if self.count == self.spans.len() {
            self.grow();
        }
        if let Some(room) = self.spans.get_mut(self.count) {
            let bits = span.ended.bits & !0xff | u32::from(public_flags(span.flags()).to_u8());
            *room = Ended { length, scope, bits, ..*span.ended };
            self.count += 1;
        }
    }

    /// How many bytes of memory it takes.
    pub(crate) const fn memory(&self) -> usize {
        size_of::<Ended>() * self.spans.capacity()
            + self.fields.capacity()
            + size_of::<Arc<Scope>>() * self.scopes.capacity()
            + self.of_scopes
    }

    /// How many spans there are.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(in crate::engine) const fn bytes(&self) -> usize {
        self.fields.len()
    }

    pub(in crate::engine) fn clear(&mut self) {
        self.count = 0;
        self.fields.clear();
        self.scopes.clear();
        self.of_scopes = 0;
    }

    /// Each span.
    pub(crate) fn iter(&self) -> impl Iterator<Item = EndedSpan<'_>> {
        let mut rest = self.fields.as_slice();
        self.spans.iter().take(self.count).map(move |ended| {
            let (fields, others) = rest.split_at_checked(ended.length as usize).unwrap_or_default();
            rest = others;
            EndedSpan { ended, scopes: &self.scopes, fields }
        })
    }
}

#[cold]
fn number_of(kind: &SpanKind) -> u32 {
    let index = KINDS.iter().position(|known| known == kind).unwrap_or_default();
    u32::try_from(index).unwrap_or_default()
}

impl<'a> EndedSpan<'a> {
    /// Where it started, unless it was made by a tracer.
    pub(crate) const fn callsite(&self) -> Option<&'static Callsite> {
        self.ended.callsite
    }

    pub(crate) fn scope(&self) -> Option<&'a Arc<Scope>> {
        match self.ended.callsite {
            Some(callsite) => Some(&callsite.known().scope),
            None => self.scopes.get(self.ended.scope as usize),
        }
    }

    pub(crate) const fn trace_id(&self) -> TraceId {
        self.ended.trace_id
    }

    pub(crate) const fn span_id(&self) -> SpanId {
        self.ended.span_id
    }

    pub(crate) const fn parent_span_id(&self) -> SpanId {
        self.ended.parent_span_id
    }

    pub(crate) fn kind(&self) -> &SpanKind {
        match self.ended.callsite {
            Some(callsite) => callsite.kind(),
            None => KINDS.get((self.ended.bits >> 8 & 0xff) as usize).unwrap_or(&KINDS[0]),
        }
    }

    pub(crate) const fn flags(&self) -> TraceFlags {
        TraceFlags::new(self.ended.bits.to_le_bytes()[0])
    }

    pub(crate) const fn parent_is_remote(&self) -> bool {
        self.ended.bits & PARENT_IS_REMOTE != 0
    }

    /// Whether it is not sampled, and held back.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_tail_buffered(&self) -> bool {
        is_tail_buffered_flags(self.flags())
    }

    /// Whether a hook has dropped it, so that nobody is to see it.
    #[cfg(feature = "otlp")]
    pub(crate) const fn is_unwanted(&self) -> bool {
        self.ended.bits & IS_UNWANTED != 0
    }

    /// Whether it began here: it has no parent, or its parent is another process's.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_local_root(&self) -> bool {
        self.parent_span_id() == SpanId::INVALID || self.parent_is_remote()
    }

    pub(crate) const fn is_error(&self) -> bool {
        self.ended.bits & IS_ERROR != 0
    }

    /// Whether its name is among the fields, and not its callsite's.
    pub(crate) const fn is_renamed(&self) -> bool {
        self.ended.bits & IS_RENAMED != 0
    }

    pub(crate) const fn start(&self) -> Moment {
        Moment::of(self.ended.start, self.ended.bits & START_IS_WALL != 0)
    }

    pub(crate) const fn end(&self) -> Moment {
        Moment::of(self.ended.end, self.ended.bits & END_IS_WALL != 0)
    }
}
