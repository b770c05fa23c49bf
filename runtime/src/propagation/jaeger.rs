//! The [Jaeger format](https://www.jaegertracing.io/sdk-migration/#propagation-format).

use std::borrow::Cow;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};
use percent_encoding::percent_decode_str;

use super::baggage::{BaggageBuilder, MAX_BYTES, in_order, percent_encoded};
use super::format::{Header, HeaderContent, PropagationFormat};
use super::header::{number, remote_span, single_value, trimmed, warn_malformed};
use crate::engine::context::sampling_hint;

const ID: &str = "uber-trace-id";
const BAGGAGE_PREFIX: &str = "uberctx-";
/// Baggage that a person gives on a command line: `key=value, key=value`.
const MANUAL_BAGGAGE: &str = "jaeger-baggage";

const SPECIFICATION: &str = "https://www.jaegertracing.io/sdk-migration/#propagation-format";

static HEADERS: [Header; 1] = [Header::trace(ID)];

pub(super) static FORMAT: PropagationFormat = PropagationFormat {
    headers: &HEADERS,
    read_only_headers: &[(MANUAL_BAGGAGE, HeaderContent::Baggage)],
    baggage_prefix: Some(BAGGAGE_PREFIX),
    inject,
    extract,
};

const SAMPLED: u8 = 1;
const DEBUG: u8 = 2;

fn inject(context: &Context, injector: &mut dyn Injector) {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        let debug = if sampling_hint::is_debug(context) { DEBUG } else { 0 };
        let sampled = if span.is_sampled() { SAMPLED } else { 0 };
        let flags = sampled | debug;
        injector.set(ID, format!("{}:{}:0:{flags:x}", span.trace_id(), span.span_id()));
    }
    let mut length = 0;
    for (key, value, _) in in_order(context.baggage()) {
        let value = percent_encoded(value);
        if length + key.as_str().len() + value.len() <= MAX_BYTES {
            length += key.as_str().len() + value.len();
            injector.set(&format!("{BAGGAGE_PREFIX}{key}"), value.into_owned());
        }
    }
}

fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let with_caller = single_value(extractor, ID).and_then(|value| {
        let caller = value.and_then(parse);
        if caller.is_none() {
            warn_malformed(ID, extractor, "the request starts a new trace", SPECIFICATION);
        }
        let (caller, is_debugged) = caller?;
        let context = context.with_remote_span_context(caller);
        Some(if is_debugged { sampling_hint::with_debug(&context) } else { context })
    });
    let context = with_caller.as_ref().unwrap_or(context);
    let mut baggage = BaggageBuilder::of(context);
    for pair in extractor.get(MANUAL_BAGGAGE).unwrap_or_default().split(',') {
        if let Some((key, value)) = pair.split_once('=') {
            baggage.insert(trimmed(key), decoded(trimmed(value)), String::new());
        }
    }
    for name in extractor.keys() {
        let start =
            name.get(..BAGGAGE_PREFIX.len()).filter(|start| start.eq_ignore_ascii_case(BAGGAGE_PREFIX));
        let value = extractor.get(name).filter(|value| value.is_ascii());
        if let (Some(start), Some(value)) = (start, value) {
            baggage.insert(&name[start.len()..], decoded(value), String::new());
        }
    }
    baggage.build(context).or(with_caller)
}

/// Decodes as `url.QueryUnescape` of jaeger-client-go does: a `+` is a space, and a real one is `%2B`.
fn decoded(value: &str) -> String {
    let value = value.replace('+', " ");
    percent_decode_str(&value).decode_utf8_lossy().into_owned()
}

/// `{trace id}:{span id}:{parent's id}:{flags}`. The ids may lack leading zeros, and some clients percent-encode the value.
fn parse(value: &str) -> Option<(SpanContext, bool)> {
    let value: Cow<'_, str> =
        if value.contains('%') { percent_decode_str(value).decode_utf8().ok()? } else { value.into() };
    let value = value.to_ascii_lowercase();
    let mut parts = value.split(':');
    let up_to = |max: usize, digits: &str| number(digits, |length| (1..=max).contains(&length));
    let (trace, span) = (up_to(32, parts.next()?)?, up_to(16, parts.next()?)?);
    // The parent's id is still sent, and not used.
    let (_parent, flags) = (parts.next()?, up_to(2, parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let flags = u8::try_from(flags).ok()?;
    let is_sampled = flags & SAMPLED != 0;
    // The debug flag counts only in a sampled trace.
    let is_debugged = is_sampled && flags & DEBUG != 0;
    let sampled = TraceFlags::default().with_sampled(is_sampled);
    Some((remote_span(trace, span, sampled, TraceState::NONE)?, is_debugged))
}
