//! By what a log line is found.

use std::fmt;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId};

use crate::engine::current;

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
        current::identity(Self::of).flatten()
    }

    pub(super) fn of(span: &SpanContext) -> Option<Self> {
        span.is_valid().then(|| Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            flags: span.trace_flags(),
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
