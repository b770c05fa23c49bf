//! Ended spans, as they pass from the threads that record to the one that exports.

use opentelemetry::trace::{SpanContext, SpanId, Status, TraceFlags, TraceId};

use super::clock::Moment;
use super::open::{Open, Origin};
use super::prefetch;

/// Spans that have ended on one thread.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    spans: Vec<Ended>,
    /// The fields of all of them, one after the other.
    fields: Vec<u8>,
}

/// A span that has ended, but for the fields that are encoded already. Small, because it is written where
/// another processor has read before.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) origin: Origin,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent_span_id: SpanId,
    start: u64,
    end: u64,
    /// How many bytes of the chunk's fields are its own.
    length: u32,
    pub(crate) flags: TraceFlags,
    pub(crate) parent_is_remote: bool,
    pub(crate) is_error: bool,
    /// Whether its name is among the fields, and not its callsite's.
    pub(crate) is_renamed: bool,
    start_is_wall: bool,
    end_is_wall: bool,
}

impl Ended {
    pub(crate) const fn start(&self) -> Moment {
        Moment::of(self.start, self.start_is_wall)
    }

    pub(crate) const fn end(&self) -> Moment {
        Moment::of(self.end, self.end_is_wall)
    }
}

impl Chunk {
    pub(super) fn with_room(spans: usize, bytes: usize) -> Self {
        Self { spans: Vec::with_capacity(spans), fields: Vec::with_capacity(bytes) }
    }

    /// Adds a span. `false`: it has 4 GiB of fields, and nobody would take it.
    #[inline]
    #[must_use]
    pub(super) fn push(&mut self, open: &Open, context: &SpanContext, end: Moment) -> bool {
        let begin = self.fields.len();
        open.put_fields(&mut self.fields, context);
        let Ok(length) = u32::try_from(self.fields.len() - begin) else {
            self.fields.truncate(begin);
            return false;
        };
        self.spans.push(Ended {
            origin: open.origin.clone(),
            trace_id: context.trace_id(),
            span_id: context.span_id(),
            parent_span_id: open.parent_span_id,
            parent_is_remote: open.parent_is_remote,
            flags: context.trace_flags(),
            is_error: matches!(open.status, Status::Error { .. }),
            is_renamed: open.name.is_some(),
            start: open.start.number(),
            start_is_wall: open.start.is_wall(),
            end: end.number(),
            end_is_wall: end.is_wall(),
            length,
        });
        prefetch::next(&mut self.spans);
        prefetch::next(&mut self.fields);
        true
    }

    /// How many spans there are.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.fields.clear();
    }

    /// Each span with its fields.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Ended, &[u8])> {
        let mut rest = self.fields.as_slice();
        self.spans.iter().map(move |span| {
            let (fields, others) = rest.split_at_checked(span.length as usize).unwrap_or_default();
            rest = others;
            (span, fields)
        })
    }
}
