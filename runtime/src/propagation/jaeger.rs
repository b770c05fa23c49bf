//! [Jaeger's own format](https://www.jaegertracing.io/sdk-migration/#propagation-format).

use std::borrow::Cow;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};
use percent_encoding::percent_decode_str;

use super::baggage::{Collected, encoded, in_order};
use super::header::{caller, complain, line, number, trimmed};
use crate::engine::context::sampling_hint;

const ID: &str = "uber-trace-id";
const BAGGAGE: &str = "uberctx-";
const BY_HAND: &str = "jaeger-baggage";

const FORMAT: &str = "https://www.jaegertracing.io/sdk-migration/#propagation-format";

pub(super) const HEADERS: [&str; 1] = [ID];

const SAMPLED: u8 = 1;
const DEBUG: u8 = 2;

/// The most that is sent of baggage, in bytes of keys and values.
const LONGEST: usize = 8192;

pub(super) fn inject(context: &Context, injector: &mut dyn Injector) {
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
        let value = encoded(value);
        if length + key.as_str().len() + value.len() <= LONGEST {
            length += key.as_str().len() + value.len();
            injector.set(&format!("{BAGGAGE}{key}"), value.into_owned());
        }
    }
}

pub(super) fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let with_caller = line(extractor, ID).and_then(|line| {
        let caller = line.and_then(parse);
        if caller.is_none() {
            complain(ID, extractor, "the request starts a new trace", FORMAT);
        }
        let (caller, is_debugged) = caller?;
        let context = context.with_remote_span_context(caller);
        Some(if is_debugged { sampling_hint::with_debug(&context) } else { context })
    });
    let context = with_caller.as_ref().unwrap_or(context);
    let mut baggage = Collected::of(context);
    // By hand, on a command line: `key=value, key=value`.
    for pair in extractor.get(BY_HAND).unwrap_or_default().split(',') {
        if let Some((key, value)) = pair.split_once('=') {
            baggage.put(trimmed(key), decoded(trimmed(value)), String::new());
        }
    }
    for name in extractor.keys() {
        let start = name.get(..BAGGAGE.len()).filter(|start| start.eq_ignore_ascii_case(BAGGAGE));
        let value = extractor.get(name).filter(|value| value.is_ascii());
        if let (Some(start), Some(value)) = (start, value) {
            baggage.put(&name[start.len()..], decoded(value), String::new());
        }
    }
    baggage.within(context).or(with_caller)
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// `{trace id}:{span id}:{parent's id}:{flags}`, whose ids may lack zeros on the left. Some encode it as a part of
/// a URL.
fn parse(line: &str) -> Option<(SpanContext, bool)> {
    let line: Cow<'_, str> =
        if line.contains('%') { percent_decode_str(line).decode_utf8().ok()? } else { line.into() };
    let line = line.to_ascii_lowercase();
    let mut parts = line.split(':');
    let up_to = |most: usize, digits: &str| number(digits, |length| (1..=most).contains(&length));
    let (trace, span) = (up_to(32, parts.next()?)?, up_to(16, parts.next()?)?);
    // The parent's id is still sent, and of no use.
    let (_parent, flags) = (parts.next()?, up_to(2, parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let flags = u8::try_from(flags).ok()?;
    let is_sampled = flags & SAMPLED != 0;
    // A trace that is not sampled is not debugged either.
    let is_debugged = is_sampled && flags & DEBUG != 0;
    let sampled = TraceFlags::default().with_sampled(is_sampled);
    Some((caller(trace, span, sampled, TraceState::NONE)?, is_debugged))
}
