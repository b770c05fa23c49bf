//! A link of a span: `Span.Link`.

use std::str::FromStr as _;

use opentelemetry::trace::{Link, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use crate::otlp::attribute::{AttributeLimits, put_attributes, read_key_value};
use crate::otlp::fields::{link, span};
use crate::otlp::read::Fields;
use crate::otlp::write::{put_bytes, put_fixed32};

/// Bit of [`span_flags`]: `IS_REMOTE` is meaningful.
const HAS_IS_REMOTE: u32 = 0x100;
/// Bit of [`span_flags`]: the parent, or the linked span, is in another process.
const IS_REMOTE: u32 = 0x200;

/// The `flags` of a span or a link: the trace flags, and whether the parent (of a link: the linked span) is in another
/// process.
#[inline]
pub(crate) fn span_flags(flags: TraceFlags, is_remote: bool) -> u32 {
    u32::from(flags.to_u8()) | HAS_IS_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}

/// Appends a link, with these trace flags, as a field of a span. Attributes over the limit are dropped and counted.
pub(crate) fn put_link(out: &mut Vec<u8>, link: &Link, flags: TraceFlags, limits: AttributeLimits) {
    let linked = &link.span_context;
    let mut message = Vec::new();
    put_bytes(&mut message, link::TRACE_ID, &linked.trace_id().to_bytes());
    put_bytes(&mut message, link::SPAN_ID, &linked.span_id().to_bytes());
    put_bytes(&mut message, link::TRACE_STATE, linked.trace_state().header().as_bytes());
    let fields = (link::ATTRIBUTES, link::DROPPED_ATTRIBUTES_COUNT);
    put_attributes(&mut message, fields, &link.attributes, link.dropped_attributes_count, limits);
    put_fixed32(&mut message, link::FLAGS, span_flags(flags, linked.is_remote()));
    put_bytes(out, span::LINKS, &message);
}

/// Decodes a link.
pub(crate) fn read_link(encoded: &[u8]) -> Link {
    let (mut trace_id, mut span_id) = (TraceId::INVALID, SpanId::INVALID);
    let (mut flags, mut state) = (0, TraceState::NONE);
    let mut link = Link::with_context(SpanContext::NONE);
    for (number, field) in Fields(encoded) {
        match number {
            link::TRACE_ID => trace_id = field.bytes().try_into().map_or(trace_id, TraceId::from_bytes),
            link::SPAN_ID => span_id = field.bytes().try_into().map_or(span_id, SpanId::from_bytes),
            link::TRACE_STATE => state = TraceState::from_str(field.text()).unwrap_or_default(),
            link::ATTRIBUTES => link.attributes.extend(read_key_value(field.bytes())),
            link::DROPPED_ATTRIBUTES_COUNT => link.dropped_attributes_count = field.count(),
            link::FLAGS => flags = field.count(),
            _ => {}
        }
    }
    let [trace_flags, ..] = flags.to_le_bytes();
    let is_remote = flags & IS_REMOTE != 0;
    link.span_context = SpanContext::new(trace_id, span_id, TraceFlags::new(trace_flags), is_remote, state);
    link
}
