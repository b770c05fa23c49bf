//! The trace flag by which Spanwise marks, within this process, spans that are not sampled but recorded.

use opentelemetry::trace::{SpanContext, TraceFlags};

/// Set in the flags of a span that is not sampled, but recorded and kept in the tail buffer
/// ([`KeepOnError`](crate::sampling::KeepOnError)). Its children learn from it that they are recorded, too; the API has no
/// other way to tell them. It never leaves the process: no propagation format has this bit.
pub(crate) const TAIL_BUFFERED: TraceFlags = TraceFlags::new(0x80);

/// Whether a span with these flags is in the tail buffer.
#[inline]
pub(crate) fn is_tail_buffered_flags(flags: TraceFlags) -> bool {
    flags & (TAIL_BUFFERED | TraceFlags::SAMPLED) == TAIL_BUFFERED
}

/// Whether this span of this process is in the tail buffer.
#[inline]
pub(crate) fn is_tail_buffered(span: &SpanContext) -> bool {
    is_tail_buffered_flags(span.trace_flags()) && !span.is_remote()
}

/// The flags that others may see: without the mark, which is ignored where a peer sends it.
#[inline]
pub(crate) fn public_flags(flags: TraceFlags) -> TraceFlags {
    flags & !TAIL_BUFFERED
}

/// The span context that others may see: without the mark.
pub(crate) fn public_span_context(span: &SpanContext) -> SpanContext {
    let (trace_id, span_id, flags) = (span.trace_id(), span.span_id(), public_flags(span.trace_flags()));
    SpanContext::new(trace_id, span_id, flags, span.is_remote(), span.trace_state().clone())
}
