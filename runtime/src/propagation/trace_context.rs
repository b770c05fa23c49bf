//! [W3C trace context, level 2](https://www.w3.org/TR/trace-context-2/).

use std::str::FromStr as _;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};

use crate::diag;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The flags that level 2 knows: sampled and random. Others are not passed on.
const KNOWN_FLAGS: u8 = 0x03;

/// Reads and writes `traceparent` and `tracestate`.
///
/// Strict on what it reads: a `traceparent` that breaks the format starts a new trace, and the first
/// such header of the process is told on standard error. A broken `tracestate` is left out and the
/// trace goes on. A version from the future is read as far as this one goes.
#[derive(Clone, Debug)]
pub struct TraceContextPropagator {
    fields: [String; 2],
}

impl TraceContextPropagator {
    /// The propagator; it has no settings.
    #[must_use]
    pub fn new() -> Self {
        Self { fields: [TRACEPARENT.to_owned(), TRACESTATE.to_owned()] }
    }
}

impl Default for TraceContextPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        let span = context.span();
        let span = span.span_context();
        if !span.is_valid() {
            return;
        }
        let flags = span.trace_flags().to_u8() & KNOWN_FLAGS;
        injector.set(TRACEPARENT, format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id()));
        let state = span.trace_state().header();
        if !state.is_empty() {
            injector.set(TRACESTATE, state);
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        let Some(lines) = extractor.get_all(TRACEPARENT) else { return context.clone() };
        let parent = match lines.as_slice() {
            [line] => parse_traceparent(line.trim_matches([' ', '\t'])),
            _ => None,
        };
        let Some((trace_id, span_id, flags)) = parent else {
            diag::warn_once("traceparent", || {
                format!(
                    "the header traceparent={:?} is malformed; the request starts a new trace (see \
                     https://www.w3.org/TR/trace-context-2/#traceparent-header; further ones are not told)",
                    diag::shown(&lines.join(", "))
                )
            });
            return context.clone();
        };
        let state = extractor.get_all(TRACESTATE).map_or(TraceState::NONE, |lines| parse_tracestate(&lines));
        context.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, state))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

fn parse_traceparent(line: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    const LENGTH: usize = 55;
    // Lengths are of bytes, and the slices below fall between ASCII characters.
    if !line.is_ascii() || line.len() < LENGTH {
        return None;
    }
    let (known, rest) = line.split_at(LENGTH);
    let mut parts = known.split('-');
    let version = hexadecimal::<2>(parts.next()?)?;
    let trace_id = hexadecimal::<32>(parts.next()?)?;
    let span_id = hexadecimal::<16>(parts.next()?)?;
    let flags = hexadecimal::<2>(parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    let ends_well = match version {
        0xff => false,
        0 => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    if !ends_well || trace_id == 0 || span_id == 0 {
        return None;
    }
    let flags = TraceFlags::new(u8::try_from(flags).ok()? & KNOWN_FLAGS);
    Some((TraceId::from(trace_id), SpanId::from(u64::try_from(span_id).ok()?), flags))
}

/// Exactly `N` lower-case hexadecimal digits.
fn hexadecimal<const N: usize>(digits: &str) -> Option<u128> {
    let lower_case = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == N && digits.bytes().all(lower_case))
        .then(|| u128::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Several header lines are one list, in order.
fn parse_tracestate(lines: &[&str]) -> TraceState {
    TraceState::from_str(&lines.join(",")).unwrap_or_else(|error| {
        diag::warn_once("tracestate", || {
            format!(
                "the header tracestate={:?} is malformed and left out ({error}; further ones are not told)",
                diag::shown(&lines.join(","))
            )
        });
        TraceState::NONE
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn extract(headers: &[(&str, &str)]) -> SpanContext {
        let carrier: HashMap<String, String> =
            headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &carrier)
            .span()
            .span_context()
            .clone()
    }

    #[test]
    fn what_is_extracted_is_injected_again() {
        let context = TraceContextPropagator::new().extract_with_context(
            &Context::new(),
            &HashMap::from([
                (TRACEPARENT.to_owned(), VALID.to_owned()),
                (TRACESTATE.to_owned(), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE".to_owned()),
            ]),
        );
        assert!(context.span().span_context().is_remote());
        let mut carrier = HashMap::new();
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        assert_eq!(carrier.get(TRACEPARENT).map(String::as_str), Some(VALID));
        assert_eq!(
            carrier.get(TRACESTATE).map(String::as_str),
            Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        );
    }

    #[test]
    fn an_empty_tracestate_is_not_sent() {
        let context = TraceContextPropagator::new().extract_with_context(
            &Context::new(),
            &HashMap::from([(TRACEPARENT.to_owned(), VALID.to_owned())]),
        );
        let mut carrier = HashMap::new();
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        assert!(!carrier.contains_key(TRACESTATE));
    }

    #[test]
    fn the_random_flag_is_kept_and_unknown_flags_are_not() {
        let random = VALID.replace("-01", "-03");
        assert_eq!(extract(&[(TRACEPARENT, &random)]).trace_flags().to_u8(), 0x03);
        let unknown = VALID.replace("-01", "-ff");
        assert_eq!(extract(&[(TRACEPARENT, &unknown)]).trace_flags().to_u8(), 0x03);
    }

    #[test]
    fn a_version_from_the_future_is_read_as_far_as_this_one_goes() {
        let future = VALID.replacen("00", "cc", 1) + "-what-the-future-brings";
        assert!(extract(&[(TRACEPARENT, &future)]).is_valid());
        let not_separated = VALID.replacen("00", "cc", 1) + ".what";
        assert!(!extract(&[(TRACEPARENT, &not_separated)]).is_valid());
    }

    #[test]
    fn what_breaks_the_format_starts_a_new_trace() {
        for malformed in [
            "",
            "00",
            "not a traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-001",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7a-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0ä",
            "ääääääääääääääääääääääääääääääääääääääääääääääääääääääää",
        ] {
            assert!(!extract(&[(TRACEPARENT, malformed)]).is_valid(), "{malformed:?}");
        }
    }

    #[test]
    fn a_broken_tracestate_does_not_break_the_trace() {
        let context = extract(&[(TRACEPARENT, VALID), (TRACESTATE, "no equals sign")]);
        assert!(context.is_valid());
        assert_eq!(context.trace_state().header(), "");
    }
}
