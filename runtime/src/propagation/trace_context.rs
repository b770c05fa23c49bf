//! [W3C Trace Context, level 2](https://www.w3.org/TR/trace-context-2/).

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};

use super::format::{Header, PropagationFormat};
use super::header::{number, remote_span, single_value, warn_malformed};
use super::trace_state::{self, ReadState};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

const SPECIFICATION: &str = "https://www.w3.org/TR/trace-context-2/";

static HEADERS: [Header; 2] = [Header::trace(TRACEPARENT), Header::trace(TRACESTATE)];

pub(super) static FORMAT: PropagationFormat =
    PropagationFormat { headers: &HEADERS, read_only_headers: &[], baggage_prefix: None, inject, extract };

/// The flags that level 2 defines: sampled and random. Other flags are not passed on.
const KNOWN_FLAGS: u8 = 0x03;

fn inject(context: &Context, injector: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    injector.set(TRACEPARENT, traceparent(span));
    let state = trace_state::header(context, span);
    if !state.is_empty() {
        injector.set(TRACESTATE, state);
    }
}

/// `00-{trace id}-{span id}-{flags}`
fn traceparent(span: &SpanContext) -> String {
    let mut text = [b'-'; 55];
    let flags = span.trace_flags().to_u8() & KNOWN_FLAGS;
    write_hex(&mut text[..2], &[0]);
    write_hex(&mut text[3..35], &span.trace_id().to_bytes());
    write_hex(&mut text[36..52], &span.span_id().to_bytes());
    write_hex(&mut text[53..], &[flags]);
    String::from_utf8(text.into()).unwrap_or_default()
}

fn write_hex(to: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in to.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let parent = single_value(extractor, TRACEPARENT)?.and_then(parse_traceparent);
    let Some(parent) = parent else {
        warn_malformed(TRACEPARENT, extractor, "the request starts a new trace", SPECIFICATION);
        return None;
    };
    let read = trace_state(extractor);
    let (trace, span, flags) = (parent.trace_id(), parent.span_id(), parent.trace_flags());
    let caller = SpanContext::new(trace, span, flags, true, read.state.clone());
    Some(read.keep_beside(context.with_remote_span_context(caller.clone()), &caller))
}

fn parse_traceparent(value: &str) -> Option<SpanContext> {
    const LENGTH: usize = 55;
    // Lengths are of bytes, and the slices below fall between ASCII characters.
    if !value.is_ascii() || value.len() < LENGTH {
        return None;
    }
    let (known, rest) = value.split_at(LENGTH);
    if [2, 35, 52].into_iter().any(|dash| known.as_bytes()[dash] != b'-') {
        return None;
    }
    let field = |from: usize, to: usize| number(&known[from..to], |_| true);
    let (version, trace, span, flags) = (field(0, 2)?, field(3, 35)?, field(36, 52)?, field(53, 55)?);
    let ends_well = match version {
        0xff => false,
        0 => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    if !ends_well {
        return None;
    }
    let flags = TraceFlags::new(u8::try_from(flags).ok()? & KNOWN_FLAGS);
    remote_span(trace, span, flags, TraceState::NONE)
}

/// A malformed list is ignored as a whole.
fn trace_state(extractor: &dyn Extractor) -> ReadState {
    let Some(lines) = extractor.get_all(TRACESTATE) else { return ReadState::default() };
    let read = ReadState::parse(&lines);
    if read.is_none() {
        warn_malformed(TRACESTATE, extractor, "it is ignored, and the trace continues", SPECIFICATION);
    }
    read.unwrap_or_default()
}
