//! [W3C Trace Context, level 2](https://www.w3.org/TR/trace-context-2/).

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};

use super::format::{Header, PropagationFormat};
use super::header::{number, remote_span, single_value, trimmed, warn_malformed};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

const SPECIFICATION: &str = "https://www.w3.org/TR/trace-context-2/";

static HEADERS: [Header; 2] = [Header::trace(TRACEPARENT), Header::trace(TRACESTATE)];

pub(super) static FORMAT: PropagationFormat =
    PropagationFormat { headers: &HEADERS, read_only_headers: &[], baggage_prefix: None, inject, extract };

/// The flags that level 2 defines: sampled and random. Other flags are not passed on.
const KNOWN_FLAGS: u8 = 0x03;

/// The most members of a `tracestate`.
const MAX_MEMBERS: usize = 32;

fn inject(context: &Context, injector: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    injector.set(TRACEPARENT, traceparent(span));
    if *span.trace_state() != TraceState::NONE {
        let state = span.trace_state().header();
        if !state.is_empty() {
            injector.set(TRACESTATE, state);
        }
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
    let parent = single_value(extractor, TRACEPARENT)?.and_then(|value| parse_traceparent(value, extractor));
    if parent.is_none() {
        warn_malformed(TRACEPARENT, extractor, "the request starts a new trace", SPECIFICATION);
    }
    Some(context.with_remote_span_context(parent?))
}

fn parse_traceparent(value: &str, extractor: &dyn Extractor) -> Option<SpanContext> {
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
    remote_span(trace, span, flags, tracestate(extractor))
}

/// Several headers are one list, in order. A malformed list is ignored as a whole.
fn tracestate(extractor: &dyn Extractor) -> TraceState {
    let Some(lines) = extractor.get_all(TRACESTATE) else { return TraceState::NONE };
    let state = parse_tracestate(&lines);
    if state.is_none() {
        warn_malformed(TRACESTATE, extractor, "it is ignored, and the trace continues", SPECIFICATION);
    }
    state.unwrap_or_default()
}

fn parse_tracestate(lines: &[&str]) -> Option<TraceState> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    let given = lines.iter().flat_map(|line| line.split(',')).map(trimmed);
    for member in given.filter(|member| !member.is_empty()) {
        let (key, value) = member.split_once('=').filter(|(key, value)| is_key(key) && is_value(value))?;
        if members.len() == MAX_MEMBERS {
            return None;
        }
        // Of several members with one key, the first was set last.
        if !members.iter().any(|(known, _)| *known == key) {
            members.push((key, value));
        }
    }
    TraceState::from_key_value(members.iter().copied()).ok().or_else(|| {
        // OpenTelemetry accepts fewer keys than level 2 does.
        members.retain(|&member| TraceState::from_key_value([member]).is_ok());
        TraceState::from_key_value(members).ok()
    })
}

fn is_key(key: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= 256
        && key.bytes().next().is_some_and(is_first)
        && key.bytes().all(|byte| is_first(byte) || b"_-*/@".contains(&byte))
}

fn is_value(value: &str) -> bool {
    (1..=256).contains(&value.len())
        && value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b",=".contains(&byte))
}
