//! [B3](https://github.com/openzipkin/b3-propagation), in one header and in several, as
//! [OpenTelemetry wants it](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#b3-requirements).

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};

use super::header::{caller, complain, line, number};
use crate::engine::context::sampling_hint;
use crate::engine::recorder::thread_state::new_ids;

const SINGLE: &str = "b3";
const TRACE: &str = "x-b3-traceid";
const SPAN: &str = "x-b3-spanid";
const PARENT: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

const FORMAT: &str = "https://github.com/openzipkin/b3-propagation";

pub(super) const SINGLE_HEADERS: [&str; 1] = [SINGLE];
pub(super) const SEVERAL_HEADERS: [&str; 4] = [TRACE, SPAN, SAMPLED, FLAGS];

/// What is said of sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Yes,
    No,
    Debug,
    YouDecide,
}

impl State {
    fn of(context: &Context) -> Self {
        let span = context.span();
        let span = span.span_context();
        if sampling_hint::is_debug(context) {
            Self::Debug
        } else if sampling_hint::is_deferred(context, span) {
            Self::YouDecide
        } else if span.is_sampled() {
            Self::Yes
        } else {
            Self::No
        }
    }

    fn from_single(text: &str) -> Option<Self> {
        match text {
            "1" => Some(Self::Yes),
            "0" => Some(Self::No),
            "d" => Some(Self::Debug),
            _ => None,
        }
    }

    /// As said in `x-b3-sampled`; in words by what is older than the format's text.
    fn from_sampled(text: &str) -> Option<Self> {
        match text {
            "1" | "true" => Some(Self::Yes),
            "0" | "false" => Some(Self::No),
            _ => None,
        }
    }
}

/// Without a span nothing is written: a `0` would tell the peer not to record what nobody has decided on.
fn with_span(context: &Context, write: impl FnOnce(&SpanContext, State)) {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        write(span, State::of(context));
    }
}

pub(super) fn inject_single(context: &Context, injector: &mut dyn Injector) {
    with_span(context, |span, state| {
        let state = match state {
            State::Yes => "-1",
            State::No => "-0",
            State::Debug => "-d",
            State::YouDecide => "",
        };
        injector.set(SINGLE, format!("{}-{}{state}", span.trace_id(), span.span_id()));
    });
}

pub(super) fn inject_several(context: &Context, injector: &mut dyn Injector) {
    with_span(context, |span, state| {
        injector.set(TRACE, span.trace_id().to_string());
        injector.set(SPAN, span.span_id().to_string());
        match state {
            State::Yes => injector.set(SAMPLED, "1".to_owned()),
            State::No => injector.set(SAMPLED, "0".to_owned()),
            // It says yes, too, and both are not to be there.
            State::Debug => injector.set(FLAGS, "1".to_owned()),
            State::YouDecide => {}
        }
    });
}

/// What a header says.
enum Said {
    Caller(SpanContext, State),
    /// A decision about a trace that has not begun.
    Decision(State),
}

pub(super) fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let said = match single(extractor) {
        Some(said @ Said::Caller(..)) => Some(said),
        // A decision alone, or nothing: the ids may be in the others.
        alone => {
            several(extractor).filter(|said| alone.is_none() || matches!(said, Said::Caller(..))).or(alone)
        }
    };
    said?.within(context)
}

impl Said {
    fn within(self, context: &Context) -> Option<Context> {
        match self {
            Self::Caller(caller, state) => {
                let context = context.with_remote_span_context(caller);
                Some(match state {
                    State::Debug => sampling_hint::with_debug(&context),
                    State::YouDecide => sampling_hint::with_deferred(&context),
                    State::Yes | State::No => context,
                })
            }
            // A trace that begins here and is not sampled, with a caller that only stands for that. Where another format has told
            // of a caller already, it is that one's word that counts.
            Self::Decision(State::No) if !context.span().span_context().is_valid() => {
                let (trace, span) = new_ids();
                let caller = SpanContext::new(trace, span, TraceFlags::NOT_SAMPLED, true, TraceState::NONE);
                Some(context.with_remote_span_context(caller))
            }
            // Whether a trace that begins here is sampled is the sampler's to say.
            Self::Decision(_) => None,
        }
    }

    fn caller(trace: &str, span: &str, state: State) -> Option<Self> {
        let flags = TraceFlags::default().with_sampled(matches!(state, State::Yes | State::Debug));
        let trace = number(trace, |length| length == 16 || length == 32)?;
        let span = number(span, |length| length == 16)?;
        Some(Self::Caller(caller(trace, span, flags, TraceState::NONE)?, state))
    }
}

/// `{trace id}-{span id}-{state}-{parent's id}`, of which the last two may be missing; or a state alone.
fn single(extractor: &dyn Extractor) -> Option<Said> {
    let parse = |line: &str| {
        if let Some(state) = State::from_single(line) {
            return Some(Said::Decision(state));
        }
        let mut parts = line.split('-');
        let (trace, span) = (parts.next()?, parts.next()?);
        let state = parts.next().map_or(Some(State::YouDecide), State::from_single)?;
        // Read, and of no use: the parent's parent.
        if let Some(parent) = parts.next() {
            number(parent, |length| length == 16)?;
        }
        parts.next().is_none().then(|| Said::caller(trace, span, state)).flatten()
    };
    let said = line(extractor, SINGLE)?.and_then(parse);
    if said.is_none() {
        complain(SINGLE, extractor, "it is as if it were not there", FORMAT);
    }
    said
}

fn several(extractor: &dyn Extractor) -> Option<Said> {
    let said = read_several(extractor)?;
    if said.is_none() {
        complain(
            TRACE,
            extractor,
            "with what belongs to it, that is; the request starts a new trace",
            FORMAT,
        );
    }
    said
}

/// `None` where there is nothing; `Some(None)` for what breaks the format.
fn read_several(extractor: &dyn Extractor) -> Option<Option<Said>> {
    let state = match line(extractor, SAMPLED) {
        // It says yes whatever else is said.
        _ if line(extractor, FLAGS) == Some(Some("1")) => Some(State::Debug),
        Some(sampled) => match sampled.and_then(State::from_sampled) {
            Some(state) => Some(state),
            None => return Some(None),
        },
        None => None,
    };
    let Some(trace) = line(extractor, TRACE) else { return state.map(|state| Some(Said::Decision(state))) };
    let span = line(extractor, SPAN).flatten();
    // Read, and of no use: the parent's parent.
    let parent =
        line(extractor, PARENT).map(|line| line.and_then(|line| number(line, |length| length == 16)));
    Some(match (trace, span, parent) {
        (Some(trace), Some(span), None | Some(Some(_))) => {
            Said::caller(trace, span, state.unwrap_or(State::YouDecide))
        }
        _ => None,
    })
}
