//! The ids that connect a log line with its span.

use std::fmt;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId};

use crate::engine::context::current;
use crate::sampling::flags::public_flags;

/// The names of the ids, from
/// [Trace Context in non-OTLP Log Formats](https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/).
pub(super) const TRACE_ID: &str = "trace_id";
pub(super) const SPAN_ID: &str = "span_id";
pub(super) const TRACE_FLAGS: &str = "trace_flags";

/// The target of log lines of OpenTelemetry's own crates. Some are written while the current context changes, and must not be
/// asked for.
pub(super) const OPENTELEMETRY: &str = "opentelemetry";

/// The ids of the span that a line belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
}

impl Ids {
    /// Returns the ids of the current span, for a line with this target; `None` outside of a trace.
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

    /// Returns names and values, in the order in which they are written.
    pub(super) fn members(&self) -> [(&'static str, String); 3] {
        [
            (TRACE_ID, self.trace_id.to_string()),
            (SPAN_ID, self.span_id.to_string()),
            (TRACE_FLAGS, format!("{:02x}", self.flags.to_u8())),
        ]
    }
}

/// As `key=value` fields.
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

    /// The flag of a trace that is buffered until it ends (`KeepOnError`) stays in the process.
    #[test]
    fn only_public_flags_are_written() {
        for (flags, written) in [(0x00, "00"), (0x03, "03"), (0x82, "02"), (0x80, "00")] {
            let flags = TraceFlags::new(flags);
            let span = SpanContext::new(TraceId::from(1), SpanId::from(2), flags, false, TraceState::NONE);
            let ids = Ids::of(&span).expect("it is valid");
            assert_eq!(ids.members()[2], (TRACE_FLAGS, written.to_owned()));
        }
    }
}
