//! A span as a collector received it, and several as a waterfall.

use opentelemetry::KeyValue;

use crate::engine::queue::record::SpanRecord;
use crate::export::waterfall::{Style, WaterfallRow, render};

/// A span as the collector received it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceivedSpan {
    /// The resource's `service.name`; empty if there is none.
    pub service: String,
    /// The resource's attributes.
    pub resource: Vec<KeyValue>,
    /// The span.
    pub span: SpanRecord,
}

/// Returns the spans of one trace as a waterfall of text, over all services. Each span is a line with its service, its place in the
/// tree, its start, its duration and its error. `color` adds ANSI colors.
#[must_use]
pub fn waterfall(spans: &[ReceivedSpan], color: bool) -> String {
    let rows: Vec<_> = spans
        .iter()
        .map(|received| WaterfallRow { service: &received.service, span: &received.span })
        .collect();
    render(&rows, Style { color })
}
