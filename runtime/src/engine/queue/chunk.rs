//! Ended spans on their way from the threads that record them to the thread that exports them.

use std::sync::Arc;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId};

use crate::engine::clock::moment::Moment;
use crate::engine::queue::prefetch;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::running_span::{RunningSpan, SpanSource};
use crate::engine::span::scope::Scope;
#[cfg(feature = "otlp")]
use crate::sampling::flags::{is_tail_buffered_flags, public_flags};

/// Spans that ended on one thread.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The first `count` of these are spans. The others are empty, so that a span is written without moving anything.
    spans: Vec<ChunkEntry>,
    count: usize,
    /// The encoded fields of all spans, in order.
    fields: Vec<u8>,
    /// The scopes of spans without a callsite.
    scopes: Vec<Arc<Scope>>,
    /// How many bytes the scopes take that came from other chunks. The tail buffer may keep them for long.
    scope_bytes: usize,
}

/// A span of a chunk, without its encoded fields. It is small, because it is written to memory that another processor has
/// read.
#[derive(Clone, Copy, Debug)]
struct ChunkEntry {
    callsite: Option<&'static Callsite>,
    trace_id: TraceId,
    span_id: SpanId,
    parent_span_id: SpanId,
    start: u64,
    end: u64,
    /// How many bytes of the chunk's fields belong to this span.
    length: u32,
    /// The index of its scope in the chunk, if it has no callsite.
    scope: u32,
    /// The trace flags, the kind of a span without a callsite, and the bits below, in one number that is written in one
    /// step.
    bits: u32,
}

const PARENT_IS_REMOTE: u32 = 1 << 16;
const IS_ERROR: u32 = 1 << 17;
const IS_RENAMED: u32 = 1 << 18;
const START_IS_WALL: u32 = 1 << 19;
const END_IS_WALL: u32 = 1 << 20;
/// A hook has dropped it, but the tail buffer has to see it.
const IS_DROPPED_BY_HOOK: u32 = 1 << 21;

const EMPTY: ChunkEntry = ChunkEntry {
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
    entry: &'a ChunkEntry,
    scopes: &'a [Arc<Scope>],
    /// Its encoded fields, as an OTLP span has them.
    pub(crate) fields: &'a [u8],
}

impl Chunk {
    /// Creates a chunk with memory for this many spans.
    pub(in crate::engine) fn with_capacity(spans: usize) -> Self {
        Self { spans: vec![EMPTY; spans], ..Self::default() }
    }

    /// Adds a span. Returns `false` for a span with 4 GiB of fields, which no collector would take.
    #[inline]
    #[must_use]
    pub(in crate::engine) fn push(
        &mut self,
        running: &RunningSpan,
        context: &SpanContext,
        end: Moment,
    ) -> bool {
        let (callsite, scope, kind) = match &running.source {
            SpanSource::Callsite(callsite) => (Some(*callsite), 0, 0),
            SpanSource::Scope(scope, kind) => (None, self.scope_index(scope), kind_index(kind)),
            SpanSource::Unknown => return false,
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
            | bit(running.is_dropped_by_hook, IS_DROPPED_BY_HOOK);
        if self.count == self.spans.len() {
            self.grow();
        }
        let Some(entry) = self.spans.get_mut(self.count) else { return false };
        *entry = ChunkEntry {
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
        prefetch::after(entry);
        prefetch::after_last(&mut self.fields);
        self.count += 1;
        true
    }

    #[cold]
    fn grow(&mut self) {
        self.spans.resize((self.spans.len() * 2).max(8), EMPTY);
    }

    #[cold]
    fn scope_index(&mut self, scope: &Arc<Scope>) -> u32 {
        let known = self.scopes.iter().position(|known| Arc::ptr_eq(known, scope));
        let index = known.unwrap_or_else(|| {
            self.scopes.push(Arc::clone(scope));
            self.scopes.len() - 1
        });
        u32::try_from(index).unwrap_or_default()
    }

    /// The same, for a scope of another chunk, where an equal one may already be here: each tracer has its own `Scope`.
    #[cfg(feature = "otlp")]
    fn equal_scope_index(&mut self, scope: &Arc<Scope>) -> u32 {
        let known = match self.scopes.last() {
            Some(last) if last.is_same(scope) => Some(self.scopes.len() - 1),
            _ => self.scopes.iter().position(|known| known.is_same(scope)),
        };
        let index = known.unwrap_or_else(|| {
            self.scope_bytes += scope.encoded.len() + size_of::<Scope>();
            self.scopes.push(Arc::clone(scope));
            self.scopes.len() - 1
        });
        u32::try_from(index).unwrap_or_default()
    }

    /// Adds a span of another chunk, with more encoded fields, and without the mark of the tail buffer.
    #[cfg(feature = "otlp")]
    pub(crate) fn add(&mut self, span: EndedSpan<'_>, more: &[u8]) {
        let scope = match span.scope() {
            Some(scope) if span.callsite().is_none() => self.equal_scope_index(scope),
            _ => 0,
        };
        let begin = self.fields.len();
        if !span.is_dropped_by_hook() {
            self.fields.extend_from_slice(span.fields);
        }
        self.fields.extend_from_slice(more);
        let Ok(length) = u32::try_from(self.fields.len() - begin) else {
            return self.fields.truncate(begin);
        };
        if self.count == self.spans.len() {
            self.grow();
        }
        if let Some(entry) = self.spans.get_mut(self.count) {
            let bits = span.entry.bits & !0xff | u32::from(public_flags(span.flags()).to_u8());
            *entry = ChunkEntry { length, scope, bits, ..*span.entry };
            self.count += 1;
        }
    }

    /// How many bytes of memory the chunk takes.
    pub(crate) const fn memory(&self) -> usize {
        size_of::<ChunkEntry>() * self.spans.capacity()
            + self.fields.capacity()
            + size_of::<Arc<Scope>>() * self.scopes.capacity()
            + self.scope_bytes
    }

    /// How many spans are in the chunk.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    /// How many bytes of encoded fields are in the chunk.
    #[inline]
    pub(in crate::engine) const fn bytes(&self) -> usize {
        self.fields.len()
    }

    /// Removes all spans and keeps the memory.
    pub(in crate::engine) fn clear(&mut self) {
        self.count = 0;
        self.fields.clear();
        self.scopes.clear();
        self.scope_bytes = 0;
    }

    /// The spans, in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = EndedSpan<'_>> {
        let mut rest = self.fields.as_slice();
        self.spans.iter().take(self.count).map(move |entry| {
            let (fields, others) = rest.split_at_checked(entry.length as usize).unwrap_or_default();
            rest = others;
            EndedSpan { entry, scopes: &self.scopes, fields }
        })
    }
}

#[cold]
fn kind_index(kind: &SpanKind) -> u32 {
    let index = KINDS.iter().position(|known| known == kind).unwrap_or_default();
    u32::try_from(index).unwrap_or_default()
}

impl<'a> EndedSpan<'a> {
    /// The callsite that made it; `None` for a span that a tracer made.
    pub(crate) const fn callsite(&self) -> Option<&'static Callsite> {
        self.entry.callsite
    }

    pub(crate) fn scope(&self) -> Option<&'a Arc<Scope>> {
        match self.entry.callsite {
            Some(callsite) => Some(&callsite.data().scope),
            None => self.scopes.get(self.entry.scope as usize),
        }
    }

    pub(crate) const fn trace_id(&self) -> TraceId {
        self.entry.trace_id
    }

    pub(crate) const fn span_id(&self) -> SpanId {
        self.entry.span_id
    }

    pub(crate) const fn parent_span_id(&self) -> SpanId {
        self.entry.parent_span_id
    }

    pub(crate) fn kind(&self) -> &SpanKind {
        match self.entry.callsite {
            Some(callsite) => callsite.kind(),
            None => KINDS.get((self.entry.bits >> 8 & 0xff) as usize).unwrap_or(&KINDS[0]),
        }
    }

    pub(crate) const fn flags(&self) -> TraceFlags {
        TraceFlags::new(self.entry.bits.to_le_bytes()[0])
    }

    pub(crate) const fn parent_is_remote(&self) -> bool {
        self.entry.bits & PARENT_IS_REMOTE != 0
    }

    /// Whether it is not sampled, and kept in the tail buffer.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_tail_buffered(&self) -> bool {
        is_tail_buffered_flags(self.flags())
    }

    /// Whether a hook has dropped it: it is not exported, but counts for the decision about its trace.
    #[cfg(feature = "otlp")]
    pub(crate) const fn is_dropped_by_hook(&self) -> bool {
        self.entry.bits & IS_DROPPED_BY_HOOK != 0
    }

    /// Whether it is a local root: it has no parent, or its parent is in another process.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_local_root(&self) -> bool {
        self.parent_span_id() == SpanId::INVALID || self.parent_is_remote()
    }

    pub(crate) const fn is_error(&self) -> bool {
        self.entry.bits & IS_ERROR != 0
    }

    /// Whether its encoded fields contain a name in place of the callsite's.
    pub(crate) const fn is_renamed(&self) -> bool {
        self.entry.bits & IS_RENAMED != 0
    }

    pub(crate) const fn start(&self) -> Moment {
        Moment::from_number(self.entry.start, self.entry.bits & START_IS_WALL != 0)
    }

    pub(crate) const fn end(&self) -> Moment {
        Moment::from_number(self.entry.end, self.entry.bits & END_IS_WALL != 0)
    }
}
