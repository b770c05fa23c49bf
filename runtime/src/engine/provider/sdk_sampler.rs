//! The application's sampler inside the SDK's own provider, where the application has given span processors of OpenTelemetry's.

use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::engine::recorder::recorder::parent_for_sampler;
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};

/// A sampler of any type. It sees the same parent that it would see under our own recorder.
#[derive(Clone, Debug)]
pub(crate) struct SdkSampler(pub(crate) Box<dyn ShouldSample>);

impl_should_sample!(SdkSampler);

impl SdkSampler {
    fn decide(&self, span: SpanToSample<'_>) -> SamplingResult {
        let parent = span.parent.map(parent_for_sampler);
        SpanToSample { parent: parent.as_deref(), ..span }.ask(&*self.0)
    }
}
