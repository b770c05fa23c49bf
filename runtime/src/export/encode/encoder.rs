//! Encodes spans as [OTLP](https://opentelemetry.io/docs/specs/otlp/) protobuf: an `ExportTraceServiceRequest` per batch.
//!
//! There is one pass, since most fields of a span were encoded when they were set. A batch has one resource, and its spans are
//! grouped by instrumentation scope.

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind};

use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::EndedSpan;
use crate::engine::span::callsite::Callsite;
use crate::engine::span::running_span::flags;
use crate::engine::span::scope::Scope;
use crate::export::encode::batch::Batch;
use crate::otlp::fields::{request, resource, resource_spans, scope_spans, span as fields};
use crate::otlp::{length_of_field, put_attribute, put_bytes, put_fixed32, put_fixed64, put_length};

/// A batch of this many bytes is complete. Most collectors accept 4 MiB per request.
const MAX_BYTES: usize = 1 << 20;

/// The most scopes whose buffers are kept from one batch to the next.
const MAX_SCOPES: usize = 16;

/// Encodes the batch that is being filled.
#[derive(Debug)]
pub(in crate::export) struct Encoder {
    /// The encoded `resource` field of the `ResourceSpans`.
    resource: Vec<u8>,
    scopes: Vec<SpansOfScope>,
    /// The most spans in a batch.
    max_spans: usize,
    spans: usize,
    bytes: usize,
    has_errors: bool,
    /// The buffer of a batch that has arrived, for reuse: the pages of a new one would have to be mapped each time.
    spare: Vec<u8>,
}

/// The spans of one scope.
#[derive(Debug)]
struct SpansOfScope {
    scope: Arc<Scope>,
    /// The encoded `spans` fields of the `ScopeSpans`.
    spans: Vec<u8>,
}

impl Encoder {
    pub(in crate::export) fn new(resource: &[KeyValue], max_spans: usize) -> Self {
        let mut message = Vec::new();
        for attribute in resource {
            put_attribute(
                &mut message,
                resource::ATTRIBUTES,
                attribute.key.as_str(),
                &attribute.value,
                usize::MAX,
            );
        }
        let mut encoded = Vec::new();
        put_bytes(&mut encoded, resource_spans::RESOURCE, &message);
        Self {
            resource: encoded,
            scopes: Vec::new(),
            max_spans,
            spans: 0,
            bytes: 0,
            has_errors: false,
            spare: Vec::new(),
        }
    }

    /// Adds a span. Returns the batch if it is complete now.
    pub(in crate::export) fn add(&mut self, span: EndedSpan<'_>, calendar: &Calendar) -> Option<Batch> {
        let scope = span.scope()?;
        let index = self.scopes.iter().position(|known| known.scope.is_same(scope));
        let index = index.unwrap_or_else(|| {
            self.scopes.push(SpansOfScope { scope: Arc::clone(scope), spans: Vec::new() });
            self.scopes.len() - 1
        });
        let out = &mut self.scopes[index].spans;
        let before = out.len();
        put_span(out, span, calendar);
        self.bytes += out.len() - before;
        self.spans += 1;
        self.has_errors |= span.is_error();
        if self.spans >= self.max_spans || self.bytes >= MAX_BYTES { self.finish() } else { None }
    }

    /// Takes back the bytes of a batch that are not needed any more.
    pub(in crate::export) fn give_back(&mut self, bytes: Bytes) {
        // Only if nobody else has them.
        if let Ok(bytes) = bytes.try_into_mut()
            && bytes.capacity() <= 2 * MAX_BYTES
        {
            self.spare = bytes.into();
            self.spare.clear();
        }
    }

    /// Returns the batch as it is; `None` if it is empty.
    pub(in crate::export) fn finish(&mut self) -> Option<Batch> {
        if self.spans == 0 {
            return None;
        }
        let schema_url = crate::SCHEMA_URL.as_bytes();
        let with_spans = || self.scopes.iter().filter(|of| !of.spans.is_empty());
        let of_scopes: usize = with_spans().map(|of| length_of_field(of.length())).sum();
        let length = self.resource.len() + of_scopes + length_of_field(schema_url.len());
        let mut out = std::mem::take(&mut self.spare);
        out.reserve(length + 16);
        put_length(&mut out, request::RESOURCE_SPANS, length);
        out.extend_from_slice(&self.resource);
        for of in self.scopes.iter_mut().filter(|of| !of.spans.is_empty()) {
            put_length(&mut out, resource_spans::SCOPE_SPANS, of.length());
            out.extend_from_slice(&of.scope.encoded);
            out.extend_from_slice(&of.spans);
            put_bytes(&mut out, scope_spans::SCHEMA_URL, of.schema_url());
            of.spans.clear();
        }
        put_bytes(&mut out, resource_spans::SCHEMA_URL, schema_url);
        // Scopes that are created again and again must not pile up.
        self.scopes.truncate(MAX_SCOPES);
        self.scopes.retain(|of| of.spans.capacity() <= MAX_BYTES);
        let batch = Batch { bytes: out.into(), spans: self.spans as u64, has_errors: self.has_errors };
        (self.spans, self.bytes, self.has_errors) = (0, 0, false);
        Some(batch)
    }
}

impl SpansOfScope {
    fn schema_url(&self) -> &[u8] {
        self.scope.api.schema_url().unwrap_or_default().as_bytes()
    }

    /// The length of the `ScopeSpans`.
    fn length(&self) -> usize {
        let schema_url = self.schema_url().len();
        let schema_url = if schema_url == 0 { 0 } else { length_of_field(schema_url) };
        self.scope.encoded.len() + self.spans.len() + schema_url
    }
}

/// Appends a span as a `spans` field. Its length is computed first, so that nothing is moved.
fn put_span(out: &mut Vec<u8>, span: EndedSpan<'_>, calendar: &Calendar) {
    let callsite = span.callsite();
    let name = callsite.filter(|_| !span.is_renamed()).map_or("", Callsite::name);
    let attributes: &[u8] = callsite.map_or(&[], |callsite| &callsite.data().attributes);
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
        + attributes.len()
        + span.fields.len()
        + 6;
    put_length(out, scope_spans::SPANS, length);
    put_bytes(out, fields::TRACE_ID, &span.trace_id().to_bytes());
    put_bytes(out, fields::SPAN_ID, &span.span_id().to_bytes());
    put_bytes(out, fields::PARENT_SPAN_ID, parent);
    put_bytes(out, fields::NAME, name.as_bytes());
    out.extend_from_slice(&[fields::KIND << 3, kind]);
    let start = calendar.nanoseconds(span.start());
    put_fixed64(out, fields::START_TIME_UNIX_NANO, start);
    // The system's clock can be set back while a span is open.
    put_fixed64(out, fields::END_TIME_UNIX_NANO, calendar.nanoseconds(span.end()).max(start));
    out.extend_from_slice(attributes);
    out.extend_from_slice(span.fields);
    put_fixed32(out, fields::FLAGS, flags(span.flags(), span.parent_is_remote()));
}
