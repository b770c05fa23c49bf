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
use crate::otlp::{Fields, length_of_field, put_attribute, put_bytes, put_fixed32, put_fixed64, put_length};

/// The most bytes of a request, unless its only span is larger. Proxies often accept no more than a million.
pub(crate) const MAX_REQUEST_BYTES: usize = 960 * 1024;
/// The most bytes of any request, as [OTLP](https://opentelemetry.io/docs/specs/otlp/) has it.
pub(crate) const MAX_REQUEST_BYTES_EVER: usize = 64 << 20;
/// Requests are not made smaller than this, whatever the collector says of their size.
const LEAST_REQUEST_BYTES: usize = 16 * 1024;
/// The most bytes that the tags and lengths of nested messages take.
const NESTING_BYTES: usize = 12;

/// The most scopes whose buffers are kept from one batch to the next.
const MAX_SCOPES: usize = 16;

/// Encodes the batch that is being filled.
#[derive(Debug)]
pub(in crate::export) struct Encoder {
    /// The encoded `resource` field of the `ResourceSpans`.
    resource: Vec<u8>,
    scopes: Vec<SpansOfScope>,
    limits: BatchLimits,
    spans: usize,
    /// The size of the request, at most.
    bytes: usize,
    has_errors: bool,
    /// The buffer of a batch that has arrived, for reuse: the pages of a new one would have to be mapped each time.
    spare: Vec<u8>,
}

/// What a batch may have.
#[derive(Clone, Copy, Debug)]
pub(in crate::export) struct BatchLimits {
    pub(in crate::export) spans: usize,
    pub(in crate::export) bytes: usize,
}

/// A span is larger than any request may be.
#[derive(Debug)]
pub(in crate::export) struct SpanTooLarge {
    pub(in crate::export) name: String,
    pub(in crate::export) bytes: usize,
}

/// The spans of one scope.
#[derive(Debug)]
struct SpansOfScope {
    scope: Arc<Scope>,
    /// The encoded `spans` fields of the `ScopeSpans`.
    spans: Vec<u8>,
}

impl Encoder {
    pub(in crate::export) fn new(resource: &[KeyValue], limits: BatchLimits) -> Self {
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
            limits,
            spans: 0,
            bytes: 0,
            has_errors: false,
            spare: Vec::new(),
        }
    }

    /// Adds a span. A batch is complete, and handed on, when it has enough spans, or before a span that would make it too large.
    pub(in crate::export) fn add(
        &mut self,
        span: EndedSpan<'_>,
        calendar: &Calendar,
        mut completed: impl FnMut(Batch),
    ) -> Result<(), SpanTooLarge> {
        let Some(scope) = span.scope() else { return Ok(()) };
        let message = length_of_span(&span);
        let length = length_of_field(message);
        let alone = self.envelope() + of_scope(scope) + length;
        if alone > MAX_REQUEST_BYTES_EVER {
            return Err(SpanTooLarge { name: name(&span).to_owned(), bytes: alone });
        }
        let known = |scopes: &[SpansOfScope]| scopes.iter().position(|known| known.scope.is_same(scope));
        let mut index = known(&self.scopes);
        let is_new = index.is_none_or(|index| self.scopes[index].spans.is_empty());
        let added = length + if is_new { of_scope(scope) } else { 0 };
        if self.spans > 0 && self.bytes + added > self.limits.bytes {
            self.finish().into_iter().for_each(&mut completed);
            index = known(&self.scopes);
            self.bytes = alone;
        } else if self.spans == 0 {
            self.bytes = alone;
        } else {
            self.bytes += added;
        }
        let index = index.unwrap_or_else(|| {
            self.scopes.push(SpansOfScope { scope: Arc::clone(scope), spans: Vec::new() });
            self.scopes.len() - 1
        });
        put_span(&mut self.scopes[index].spans, span, message, calendar);
        self.spans += 1;
        self.has_errors |= span.is_error();
        if self.spans >= self.limits.spans {
            self.finish().into_iter().for_each(completed);
        }
        Ok(())
    }

    /// The most bytes that a request has apart from its scopes and spans.
    fn envelope(&self) -> usize {
        self.resource.len() + length_of_field(crate::SCHEMA_URL.len()) + NESTING_BYTES
    }

    /// Lowers the most bytes of a request, but not below what a request needs. Returns the new limit if it is lower.
    pub(in crate::export) fn lower_limit(&mut self, bytes: usize) -> Option<usize> {
        let limit = bytes.max(LEAST_REQUEST_BYTES);
        (limit < self.limits.bytes).then(|| {
            self.limits.bytes = limit;
            limit
        })
    }

    /// Takes back the bytes of a batch that are not needed any more.
    pub(in crate::export) fn give_back(&mut self, bytes: Bytes) {
        // Only if nobody else has them.
        if let Ok(bytes) = bytes.try_into_mut()
            && bytes.capacity() <= 2 * MAX_REQUEST_BYTES
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
        self.scopes.retain(|of| of.spans.capacity() <= MAX_REQUEST_BYTES);
        let batch = Batch { bytes: out.into(), spans: self.spans as u64, has_errors: self.has_errors };
        (self.spans, self.bytes, self.has_errors) = (0, 0, false);
        Some(batch)
    }
}

/// The most bytes that a scope adds to a request.
fn of_scope(scope: &Scope) -> usize {
    let schema_url = scope.api.schema_url().unwrap_or_default().len();
    scope.encoded.len() + length_of_field(schema_url) + NESTING_BYTES
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

/// The length of a span's message.
fn length_of_span(span: &EndedSpan<'_>) -> usize {
    let name = name_to_put(span);
    18 + 10
        + if span.parent_span_id() == SpanId::INVALID { 0 } else { 10 }
        + if name.is_empty() { 0 } else { length_of_field(name.len()) }
        + 2
        + 9
        + 9
        + callsite_attributes(span).len()
        + span.fields.len()
        + 6
}

/// The name, unless it is among the span's fields.
fn name_to_put(span: &EndedSpan<'_>) -> &'static str {
    span.callsite().filter(|_| !span.is_renamed()).map_or("", Callsite::name)
}

fn name<'a>(span: &EndedSpan<'a>) -> &'a str {
    match name_to_put(span) {
        "" => Fields(span.fields)
            .find(|(number, _)| *number == fields::NAME)
            .map_or("", |(_, name)| name.text()),
        name => name,
    }
}

fn callsite_attributes(span: &EndedSpan<'_>) -> &'static [u8] {
    span.callsite().map_or(&[], |callsite| &callsite.data().attributes)
}

/// Appends a span as a `spans` field. Its length is known, so that nothing is moved.
fn put_span(out: &mut Vec<u8>, span: EndedSpan<'_>, length: usize, calendar: &Calendar) {
    let kind = match span.kind() {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    };
    let parent = span.parent_span_id().to_bytes();
    let parent: &[u8] = if span.parent_span_id() == SpanId::INVALID { &[] } else { &parent };
    put_length(out, scope_spans::SPANS, length);
    put_bytes(out, fields::TRACE_ID, &span.trace_id().to_bytes());
    put_bytes(out, fields::SPAN_ID, &span.span_id().to_bytes());
    put_bytes(out, fields::PARENT_SPAN_ID, parent);
    put_bytes(out, fields::NAME, name_to_put(&span).as_bytes());
    out.extend_from_slice(&[fields::KIND << 3, kind]);
    let (start, end) = calendar.times(span.start(), span.end());
    put_fixed64(out, fields::START_TIME_UNIX_NANO, start);
    put_fixed64(out, fields::END_TIME_UNIX_NANO, end);
    out.extend_from_slice(callsite_attributes(&span));
    out.extend_from_slice(span.fields);
    put_fixed32(out, fields::FLAGS, flags(span.flags(), span.parent_is_remote()));
}
