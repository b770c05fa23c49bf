//! [B3](https://github.com/openzipkin/b3-propagation) in a single header and in multiple headers, as
//! [OpenTelemetry requires it](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#b3-requirements).

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};

use super::format::{Header, HeaderContent, PropagationFormat};
use super::header::{number, remote_span, single_value, warn_malformed};
use crate::engine::context::sampling_hint;
use crate::engine::recorder::thread_state::new_ids;

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const PARENT_SPAN_ID: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

const SPECIFICATION: &str = "https://github.com/openzipkin/b3-propagation";

static SINGLE_HEADERS: [Header; 1] = [Header::trace(SINGLE)];
static MULTI_HEADERS: [Header; 4] =
    [Header::trace(TRACE_ID), Header::trace(SPAN_ID), Header::trace(SAMPLED), Header::trace(FLAGS)];

pub(super) static SINGLE_FORMAT: PropagationFormat = PropagationFormat {
    headers: &SINGLE_HEADERS,
    read_only_headers: &[],
    baggage_prefix: None,
    inject: inject_single,
    extract,
};

pub(super) static MULTI_FORMAT: PropagationFormat = PropagationFormat {
    headers: &MULTI_HEADERS,
    read_only_headers: &[(PARENT_SPAN_ID, HeaderContent::Trace)],
    baggage_prefix: None,
    inject: inject_multi,
    extract,
};

/// The sampling state, which has two values more than the sampled flag of a span context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum B3Sampling {
    Accept,
    Deny,
    Debug,
    /// The caller leaves the decision to the callee.
    Defer,
}

impl B3Sampling {
    fn of(context: &Context) -> Self {
        let span = context.span();
        let span = span.span_context();
        if sampling_hint::is_debug(context) {
            Self::Debug
        } else if sampling_hint::is_deferred(context, span) {
            Self::Defer
        } else if span.is_sampled() {
            Self::Accept
        } else {
            Self::Deny
        }
    }

    fn from_single(text: &str) -> Option<Self> {
        match text {
            "1" => Some(Self::Accept),
            "0" => Some(Self::Deny),
            "d" => Some(Self::Debug),
            _ => None,
        }
    }

    /// Parses `x-b3-sampled`. Libraries older than the specification write `true` and `false`.
    fn from_sampled(text: &str) -> Option<Self> {
        match text {
            "1" | "true" => Some(Self::Accept),
            "0" | "false" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// Writes nothing without a span: a `0` would stop the callee from recording, and nobody has decided that.
fn with_span(context: &Context, write: impl FnOnce(&SpanContext, B3Sampling)) {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        write(span, B3Sampling::of(context));
    }
}

fn inject_single(context: &Context, injector: &mut dyn Injector) {
    with_span(context, |span, sampling| {
        let sampling = match sampling {
            B3Sampling::Accept => "-1",
            B3Sampling::Deny => "-0",
            B3Sampling::Debug => "-d",
            B3Sampling::Defer => "",
        };
        injector.set(SINGLE, format!("{}-{}{sampling}", span.trace_id(), span.span_id()));
    });
}

fn inject_multi(context: &Context, injector: &mut dyn Injector) {
    with_span(context, |span, sampling| {
        injector.set(TRACE_ID, span.trace_id().to_string());
        injector.set(SPAN_ID, span.span_id().to_string());
        match sampling {
            B3Sampling::Accept => injector.set(SAMPLED, "1".to_owned()),
            B3Sampling::Deny => injector.set(SAMPLED, "0".to_owned()),
            // Debug implies accept, and `x-b3-sampled` must not be sent with it.
            B3Sampling::Debug => injector.set(FLAGS, "1".to_owned()),
            B3Sampling::Defer => {}
        }
    });
}

/// What the headers hold.
enum B3Header {
    Span(SpanContext, B3Sampling),
    /// A decision about a trace that has not begun.
    SamplingOnly(B3Sampling),
}

fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let header = match read_single(extractor) {
        Some(header @ B3Header::Span(..)) => Some(header),
        // A decision alone, or nothing: the ids may be in the multiple headers.
        single => read_multi(extractor)
            .filter(|multi| single.is_none() || matches!(multi, B3Header::Span(..)))
            .or(single),
    };
    header?.add_to(context)
}

impl B3Header {
    fn add_to(self, context: &Context) -> Option<Context> {
        match self {
            Self::Span(span, sampling) => {
                let context = context.with_remote_span_context(span);
                Some(match sampling {
                    B3Sampling::Debug => sampling_hint::with_debug(&context),
                    B3Sampling::Defer => sampling_hint::with_deferred(&context),
                    B3Sampling::Accept | B3Sampling::Deny => context,
                })
            }
            // The trace begins here, and is not sampled: a made-up caller stands for that. If another format has read a
            // caller already, that caller's decision counts.
            Self::SamplingOnly(B3Sampling::Deny) if !context.span().span_context().is_valid() => {
                let (trace, span) = new_ids();
                let caller = SpanContext::new(trace, span, TraceFlags::NOT_SAMPLED, true, TraceState::NONE);
                Some(context.with_remote_span_context(caller))
            }
            // Otherwise the sampler decides about a trace that begins here.
            Self::SamplingOnly(_) => None,
        }
    }

    fn span(trace: &str, span: &str, sampling: B3Sampling) -> Option<Self> {
        let is_sampled = matches!(sampling, B3Sampling::Accept | B3Sampling::Debug);
        let flags = TraceFlags::default().with_sampled(is_sampled);
        let trace = number(trace, |length| length == 16 || length == 32)?;
        let span = number(span, |length| length == 16)?;
        Some(Self::Span(remote_span(trace, span, flags, TraceState::NONE)?, sampling))
    }
}

/// Returns the value of a header. An empty one counts as missing.
fn present<'a>(extractor: &'a dyn Extractor, name: &str) -> Option<Option<&'a str>> {
    single_value(extractor, name).filter(|value| *value != Some(""))
}

/// Reads `{trace id}-{span id}-{sampling}-{parent's id}`, of which the last two are optional; or a sampling state alone.
fn read_single(extractor: &dyn Extractor) -> Option<B3Header> {
    let parse = |value: &str| {
        if let Some(sampling) = B3Sampling::from_single(value) {
            return Some(B3Header::SamplingOnly(sampling));
        }
        let mut parts = value.split('-');
        let (trace, span) = (parts.next()?, parts.next()?);
        let sampling = parts.next().map_or(Some(B3Sampling::Defer), B3Sampling::from_single)?;
        // The id of the caller's parent is checked, and not used.
        if let Some(parent) = parts.next() {
            number(parent, |length| length == 16)?;
        }
        parts.next().is_none().then(|| B3Header::span(trace, span, sampling)).flatten()
    };
    let header = present(extractor, SINGLE)?.and_then(parse);
    if header.is_none() {
        warn_malformed(SINGLE, extractor, "it is ignored", SPECIFICATION);
    }
    header
}

fn read_multi(extractor: &dyn Extractor) -> Option<B3Header> {
    let header = parse_multi(extractor)?;
    if header.is_none() {
        let consequence = "it and the other x-b3 headers are ignored; the request starts a new trace";
        warn_malformed(TRACE_ID, extractor, consequence, SPECIFICATION);
    }
    header
}

/// `None` if there are no such headers; `Some(None)` if they are malformed.
fn parse_multi(extractor: &dyn Extractor) -> Option<Option<B3Header>> {
    let sampling = match present(extractor, SAMPLED) {
        // Debug implies accept, whatever `x-b3-sampled` says.
        _ if present(extractor, FLAGS) == Some(Some("1")) => Some(B3Sampling::Debug),
        Some(sampled) => match sampled.and_then(B3Sampling::from_sampled) {
            Some(sampling) => Some(sampling),
            None => return Some(None),
        },
        None => None,
    };
    let Some(trace) = present(extractor, TRACE_ID) else {
        return sampling.map(|sampling| Some(B3Header::SamplingOnly(sampling)));
    };
    let span = present(extractor, SPAN_ID).flatten();
    // The id of the caller's parent is checked, and not used.
    let parent = present(extractor, PARENT_SPAN_ID)
        .map(|value| value.and_then(|value| number(value, |length| length == 16)));
    Some(match (trace, span, parent) {
        (Some(trace), Some(span), None | Some(Some(_))) => {
            B3Header::span(trace, span, sampling.unwrap_or(B3Sampling::Defer))
        }
        _ => None,
    })
}
