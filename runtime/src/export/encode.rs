//! Spans as [OTLP](https://opentelemetry.io/docs/specs/otlp/) protobuf bytes: an
//! `ExportTraceServiceRequest` for each batch.
//!
//! In one pass: most of a span's fields were encoded as they came. A batch has one resource; spans go by
//! their scopes.

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind};

use super::batch::Batch;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::EndedSpan;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::running_span::flags;
use crate::engine::span::scope::Scope;
use crate::otlp::{length_of_field, put_attribute, put_bytes, put_fixed32, put_fixed64, put_length};

/// A batch is sealed when it has so many bytes: most collectors take 4 MiB at a time.
const MOST_BYTES: usize = 1 << 20;

/// The batch that is being filled.
#[derive(Debug)]
pub(super) struct Encoder {
    /// The `Resource`, as field 1 of a `ResourceSpans`.
    resource: Vec<u8>,
    scopes: Vec<OfScope>,
    /// Spans that a batch has at the most.
    most: usize,
    spans: usize,
    bytes: usize,
    has_errors: bool,
    /// The buffer of a batch that has arrived. A new one would be paged in anew each time.
    spare: Vec<u8>,
}

/// The spans of one scope, each as field 2 of a `ScopeSpans`.
#[derive(Debug)]
struct OfScope {
    scope: Arc<Scope>,
    spans: Vec<u8>,
}

impl Encoder {
    pub(super) fn new(resource: &[KeyValue], most: usize) -> Self {
        let mut message = Vec::new();
        for attribute in resource {
            put_attribute(&mut message, 1, attribute.key.as_str(), &attribute.value, usize::MAX);
        }
        let mut encoded = Vec::new();
        put_bytes(&mut encoded, 1, &message);
        Self {
            resource: encoded,
            scopes: Vec::new(),
            most,
            spans: 0,
            bytes: 0,
            has_errors: false,
            spare: Vec::new(),
        }
    }

    /// Adds a span. The batch, where it is full now.
    pub(super) fn add(&mut self, span: EndedSpan<'_>, calendar: &Calendar) -> Option<Batch> {
        let scope = span.scope()?;
        let index = self.scopes.iter().position(|known| known.scope.is_same(scope));
        let index = index.unwrap_or_else(|| {
            self.scopes.push(OfScope { scope: Arc::clone(scope), spans: Vec::new() });
            self.scopes.len() - 1
        });
        let out = &mut self.scopes[index].spans;
        let before = out.len();
        put_span(out, span, calendar);
        self.bytes += out.len() - before;
        self.spans += 1;
        self.has_errors |= span.is_error();
        if self.spans >= self.most || self.bytes >= MOST_BYTES { self.seal() } else { None }
    }

    /// A batch's bytes are needed no more.
    pub(super) fn give_back(&mut self, bytes: Bytes) {
        // Only where nobody else has them: otherwise it would be a copy.
        if let Ok(bytes) = bytes.try_into_mut()
            && bytes.capacity() <= 2 * MOST_BYTES
        {
            self.spare = bytes.into();
            self.spare.clear();
        }
    }

    /// The batch as it is; `None` where it is empty.
    pub(super) fn seal(&mut self) -> Option<Batch> {
        if self.spans == 0 {
            return None;
        }
        let schema = crate::SCHEMA_URL.as_bytes();
        let with_spans = || self.scopes.iter().filter(|of| !of.spans.is_empty());
        let of_scopes: usize = with_spans().map(|of| length_of_field(of.length())).sum();
        let length = self.resource.len() + of_scopes + length_of_field(schema.len());
        let mut out = std::mem::take(&mut self.spare);
        out.reserve(length + 16);
        put_length(&mut out, 1, length);
        out.extend_from_slice(&self.resource);
        for of in self.scopes.iter_mut().filter(|of| !of.spans.is_empty()) {
            put_length(&mut out, 2, of.length());
            out.extend_from_slice(&of.scope.encoded);
            out.extend_from_slice(&of.spans);
            put_bytes(&mut out, 3, of.schema());
            of.spans.clear();
        }
        put_bytes(&mut out, 3, schema);
        // A scope that is made anew again and again must not be remembered for ever.
        self.scopes.truncate(MOST_SCOPES);
        self.scopes.retain(|of| of.spans.capacity() <= MOST_BYTES);
        let batch = Batch { bytes: out.into(), spans: self.spans as u64, has_errors: self.has_errors };
        (self.spans, self.bytes, self.has_errors) = (0, 0, false);
        Some(batch)
    }
}

/// Scopes whose buffers are kept from one batch to the next.
const MOST_SCOPES: usize = 16;

impl OfScope {
    fn schema(&self) -> &[u8] {
        self.scope.api.schema_url().unwrap_or_default().as_bytes()
    }

    fn length(&self) -> usize {
        let schema = self.schema().len();
        let schema = if schema == 0 { 0 } else { length_of_field(schema) };
        self.scope.encoded.len() + self.spans.len() + schema
    }
}

fn put_span(out: &mut Vec<u8>, span: EndedSpan<'_>, calendar: &Calendar) {
    let callsite = span.callsite();
    let name = callsite.filter(|_| !span.is_renamed()).map_or("", Callsite::name);
    let place: &[u8] = callsite.map_or(&[], |callsite| &callsite.data().attributes);
    let kind = match span.kind() {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    };
    let parent = span.parent_span_id().to_bytes();
    let parent: &[u8] = if span.parent_span_id() == SpanId::INVALID { &[] } else { &parent };
    let length = 18
        + 10
        + if parent.is_empty() { 0 } else { 10 }
        + if name.is_empty() { 0 } else { length_of_field(name.len()) }
        + 2
        + 9
        + 9
        + place.len()
        + span.fields.len()
        + 6;
    put_length(out, 2, length);
    put_bytes(out, 1, &span.trace_id().to_bytes());
    put_bytes(out, 2, &span.span_id().to_bytes());
    put_bytes(out, 4, parent);
    put_bytes(out, 5, name.as_bytes());
    out.extend_from_slice(&[6 << 3, kind]);
    let start = calendar.nanoseconds(span.start());
    put_fixed64(out, 7, start);
    // The system's clock can be set back while a span is open.
    put_fixed64(out, 8, calendar.nanoseconds(span.end()).max(start));
    out.extend_from_slice(place);
    out.extend_from_slice(span.fields);
    put_fixed32(out, 16, flags(span.flags(), span.parent_is_remote()));
}

#[cfg(all(test, feature = "testing"))]
#[path = "encode_tests.rs"]
mod tests;
