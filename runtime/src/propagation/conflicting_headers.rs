//! Headers that conflict with what is injected: those of any format that say something else about the trace or the baggage.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::TraceContextExt as _;

use super::format::HeaderContent;
use super::formats::FORMATS;

/// Which headers conflict with a context.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConflictingHeaders {
    has_trace: bool,
    has_baggage: bool,
}

impl ConflictingHeaders {
    /// The headers that would contradict `context`.
    pub(super) fn with(context: &Context) -> Self {
        Self {
            has_trace: context.span().span_context().is_valid(),
            has_baggage: !context.baggage().is_empty(),
        }
    }

    /// All headers of all formats.
    #[cfg(feature = "client")]
    pub(super) const fn all() -> Self {
        Self { has_trace: true, has_baggage: true }
    }

    /// Returns whether the header of this name, in lowercase, is one of them.
    pub(super) fn contains(self, name: &str) -> bool {
        for format in FORMATS {
            let written =
                format.headers.iter().find(|header| header.name == name).map(|header| header.content);
            let read_only = || format.read_only_headers.iter().find(|(known, _)| *known == name);
            if let Some(content) = written.or_else(|| read_only().map(|(_, content)| *content)) {
                return match content {
                    HeaderContent::Trace => self.has_trace,
                    HeaderContent::Baggage => self.has_baggage,
                };
            }
            if format.baggage_prefix.is_some_and(|prefix| name.starts_with(prefix)) {
                return self.has_baggage;
            }
        }
        false
    }
}
