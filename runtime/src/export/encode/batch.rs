//! An encoded request, and how it is split.

use std::ops::Range;

use bytes::Bytes;

use crate::otlp::fields::{request, resource_spans, scope_spans, span, status};
use crate::otlp::{Fields, put_bytes, put_length};

/// The bytes of an `ExportTraceServiceRequest`, and what is in it.
#[derive(Clone, Debug)]
pub(in crate::export) struct Batch {
    pub(in crate::export) bytes: Bytes,
    pub(in crate::export) spans: u64,
    /// Whether one of its spans has failed. Such a batch is kept longer than others.
    pub(in crate::export) has_errors: bool,
}

impl Batch {
    /// Two batches with about half of the bytes each, in order. `None` if it has only one span, or none that can be read.
    pub(in crate::export) fn halves(&self) -> Option<[Self; 2]> {
        let lengths: Vec<usize> = spans(&self.bytes).map(<[u8]>::len).collect();
        let last = lengths.len().checked_sub(1).filter(|last| *last > 0)?;
        let all: usize = lengths.iter().sum();
        let mut before = 0;
        // A span goes to the first half if more than half of it fits there.
        let fitting = lengths.iter().take_while(|length| {
            let fits = 2 * before + *length <= all;
            before += *length;
            fits
        });
        let cut = fitting.count().clamp(1, last);
        let first = self.part(0..cut, cut as u64);
        // What an adopted batch says of itself need not be true, but the sum must be.
        let second = self.part(cut..lengths.len(), self.spans.saturating_sub(cut as u64));
        Some([Self { spans: self.spans - second.spans, ..first }, second])
    }

    /// A batch of the spans at these positions.
    fn part(&self, wanted: Range<usize>, count: u64) -> Self {
        let mut out = Vec::with_capacity(self.bytes.len() / 2);
        let (mut position, mut has_errors) = (0, false);
        for in_resource in messages(&self.bytes, request::RESOURCE_SPANS) {
            let mut resource_spans = Vec::new();
            let mut has_spans = false;
            for (number, field) in Fields(in_resource) {
                if number != resource_spans::SCOPE_SPANS {
                    put_bytes(&mut resource_spans, number, field.bytes());
                    continue;
                }
                let mut scope_spans = Vec::new();
                let before = position;
                for (number, field) in Fields(field.bytes()) {
                    if number != scope_spans::SPANS {
                        put_bytes(&mut scope_spans, number, field.bytes());
                        continue;
                    }
                    if wanted.contains(&position) {
                        put_length(&mut scope_spans, number, field.bytes().len());
                        scope_spans.extend_from_slice(field.bytes());
                        has_errors |= is_error(field.bytes());
                    }
                    position += 1;
                }
                if before < wanted.end && wanted.start < position {
                    has_spans = true;
                    put_bytes(&mut resource_spans, resource_spans::SCOPE_SPANS, &scope_spans);
                }
            }
            if has_spans {
                put_bytes(&mut out, request::RESOURCE_SPANS, &resource_spans);
            }
        }
        Self { bytes: out.into(), spans: count, has_errors }
    }

    /// The name of its first span.
    pub(in crate::export) fn first_name(&self) -> &str {
        let fields = spans(&self.bytes).next().map(Fields);
        let name = fields.and_then(|mut fields| fields.find(|(number, _)| *number == span::NAME));
        name.map_or("", |(_, name)| name.text())
    }
}

/// The messages in the fields of this number.
fn messages(encoded: &[u8], number: u8) -> impl Iterator<Item = &[u8]> {
    Fields(encoded).filter(move |(found, _)| *found == number).map(|(_, field)| field.bytes())
}

/// The encoded spans of an encoded request.
pub(in crate::export) fn spans(request: &[u8]) -> impl Iterator<Item = &[u8]> {
    messages(request, request::RESOURCE_SPANS)
        .flat_map(|in_resource| messages(in_resource, resource_spans::SCOPE_SPANS))
        .flat_map(|in_scope| messages(in_scope, scope_spans::SPANS))
}

fn is_error(encoded: &[u8]) -> bool {
    let status = messages(encoded, span::STATUS).flat_map(Fields);
    let mut codes = status.filter(|(number, _)| *number == status::CODE);
    codes.any(|(_, code)| code.number() == u64::from(status::ERROR))
}

#[cfg(test)]
pub(in crate::export) mod tests {
    use super::*;
    use crate::otlp::put_number;

    /// A batch of spans with these names, two in each scope. The name says how long the span is, and whether it failed.
    pub(in crate::export) fn batch_of(names: &[&str]) -> Batch {
        let mut resource_spans = Vec::new();
        put_bytes(&mut resource_spans, resource_spans::RESOURCE, b"resource");
        for names in names.chunks(2) {
            let mut scope_spans = Vec::new();
            put_bytes(&mut scope_spans, scope_spans::SCOPE, b"scope");
            for name in names {
                let mut encoded = Vec::new();
                put_bytes(&mut encoded, span::NAME, name.as_bytes());
                if name.contains("error") {
                    let mut failed = Vec::new();
                    put_number(&mut failed, status::CODE, status::ERROR.into());
                    put_bytes(&mut encoded, span::STATUS, &failed);
                }
                put_bytes(&mut scope_spans, scope_spans::SPANS, &encoded);
            }
            put_bytes(&mut scope_spans, scope_spans::SCHEMA_URL, b"schema of the scope");
            put_bytes(&mut resource_spans, resource_spans::SCOPE_SPANS, &scope_spans);
        }
        put_bytes(&mut resource_spans, resource_spans::SCHEMA_URL, b"schema");
        let mut bytes = Vec::new();
        put_bytes(&mut bytes, request::RESOURCE_SPANS, &resource_spans);
        let has_errors = names.iter().any(|name| name.contains("error"));
        Batch { bytes: bytes.into(), spans: names.len() as u64, has_errors }
    }

    /// The names of the spans of a request.
    pub(in crate::export) fn names_in(request: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for encoded in spans(request) {
            let name = Fields(encoded).find(|(number, _)| *number == span::NAME).expect("a name").1;
            names.push(name.text().to_owned());
        }
        names
    }

    #[test]
    fn halves_are_batches_of_the_same_resource_and_scopes() {
        for (names, cut) in [
            (&["one", "two"][..], 1),
            (&["one", "two", "an error"], 2),
            (&["one", "two", "three", "four", "five"], 3),
            (&["a span that is longer than all of the others are together", "one", "an error", "two"], 1),
            (&["one", "two", "a span that is longer than all of the others are together"], 2),
        ] {
            let [first, second] = batch_of(names).halves().expect("more than one span");
            assert_eq!(names_in(&first.bytes), names[..cut]);
            assert_eq!(names_in(&second.bytes), names[cut..]);
            assert_eq!((first.spans, second.spans), (cut as u64, (names.len() - cut) as u64));
            for (half, names) in [(&first, &names[..cut]), (&second, &names[cut..])] {
                assert_eq!(half.has_errors, names.contains(&"an error"), "{names:?}");
                assert_eq!(half.first_name(), names[0]);
                if cut % 2 == 0 {
                    assert_eq!(half.bytes, batch_of(names).bytes, "{names:?}");
                }
            }
        }
    }

    #[test]
    fn one_span_has_no_halves() {
        assert!(batch_of(&["one"]).halves().is_none());
        assert!(batch_of(&[]).halves().is_none());
        let nonsense = Batch { bytes: Bytes::from_static(b"nonsense"), spans: 7, has_errors: false };
        assert!(nonsense.halves().is_none());
        assert_eq!(nonsense.first_name(), "");
    }

    #[test]
    fn the_sum_is_right_even_if_the_count_is_not() {
        for spans in [0, 1, 2, 3, 9] {
            let [first, second] =
                Batch { spans, ..batch_of(&["one", "two", "three"]) }.halves().expect("three");
            assert_eq!(first.spans + second.spans, spans);
        }
    }
}
