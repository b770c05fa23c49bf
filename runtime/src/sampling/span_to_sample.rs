//! The arguments of [`ShouldSample::should_sample`], as one value.

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

/// A span that is about to start, as a sampler sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanToSample<'a> {
    /// The context whose span is the parent.
    pub(crate) parent: Option<&'a Context>,
    pub(crate) trace_id: TraceId,
    pub(crate) name: &'a str,
    pub(crate) kind: &'a SpanKind,
    pub(crate) attributes: &'a [KeyValue],
    pub(crate) links: &'a [Link],
}

impl SpanToSample<'_> {
    /// Asks another sampler.
    pub(crate) fn ask(self, sampler: &dyn ShouldSample) -> SamplingResult {
        let Self { parent, trace_id, name, kind, attributes, links } = self;
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

/// Implements `ShouldSample` for a type that has a method `fn decide(&self, span: SpanToSample<'_>) -> SamplingResult`.
macro_rules! impl_should_sample {
    ($sampler:ty) => {
        impl ::opentelemetry_sdk::trace::ShouldSample for $sampler {
            fn should_sample(
                &self,
                parent: Option<&::opentelemetry::Context>,
                trace_id: ::opentelemetry::trace::TraceId,
                name: &str,
                kind: &::opentelemetry::trace::SpanKind,
                attributes: &[::opentelemetry::KeyValue],
                links: &[::opentelemetry::trace::Link],
            ) -> ::opentelemetry_sdk::trace::SamplingResult {
                self.decide($crate::sampling::span_to_sample::SpanToSample {
                    parent,
                    trace_id,
                    name,
                    kind,
                    attributes,
                    links,
                })
            }
        }
    };
}
pub(crate) use impl_should_sample;
