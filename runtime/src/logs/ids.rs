//! By what a log line is found.

use std::fmt;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId};

use crate::engine::context::current;
use crate::sampling::flags::public_flags;

/// The names of the three, as
/// [Trace Context in non-OTLP Log Formats](https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/)
/// has them.
pub(super) const TRACE_ID: &str = "trace_id";
pub(super) const SPAN_ID: &str = "span_id";
pub(super) const TRACE_FLAGS: &str = "trace_flags";

/// Where the lines of OpenTelemetry's own crates come from: some are written while the current context is being
/// changed, when it must not be asked for.
pub(super) const OPENTELEMETRY: &str = "opentelemetry";

/// The span that a line belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
}

impl Ids {
    /// Those of the span that is running, for a line of `target`; none outside of any trace.
    pub(super) fn current(target: &str) -> Option<Self> {
        if target.starts_with(OPENTELEMETRY) {
            return None;
        }
        current::span_context(Self::of).flatten()
    }

    pub(super) fn of(span: &SpanContext) -> Option<Self> {
        span.is_valid().then(|| Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            flags: public_flags(span.trace_flags()),
        })
    }

    /// Names and values, in the order in which they are written.
    pub(super) fn members(&self) -> [(&'static str, String); 3] {
        [
            (TRACE_ID, self.trace_id.to_string()),
            (SPAN_ID, self.span_id.to_string()),
            (TRACE_FLAGS, format!("{:02x}", self.flags.to_u8())),
        ]
    }
}

/// As fields of text, one after the other.
impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, span_id, flags } = self;
        let flags = flags.to_u8();
        write!(f, "{TRACE_ID}={trace_id} {SPAN_ID}={span_id} {TRACE_FLAGS}={flags:02x}")
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceState;

    use super::*;

    /// One that is held to be kept on error is marked as that within the process alone.
    #[test]
    fn what_is_held_is_told_as_what_it_is_to_others() {
        for (flags, told) in [(0x00, "00"), (0x03, "03"), (0x82, "02"), (0x80, "00")] {
            let flags = TraceFlags::new(flags);
            let span = SpanContext::new(TraceId::from(1), SpanId::from(2), flags, false, TraceState::NONE);
            let ids = Ids::of(&span).expect("it is valid");
            assert_eq!(ids.members()[2], (TRACE_FLAGS, told.to_owned()));
        }
    }
}
