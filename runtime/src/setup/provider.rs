//! The tracer provider that `init` installs: Spanwise's own recorder, or OpenTelemetry's SDK if the code adds span processors.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::global;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanLimits, TracerProviderBuilder};

use crate::diag;
use crate::engine::context::sampling_hint;
use crate::engine::provider::global_provider::refresh_provider;
use crate::engine::provider::sdk_forwarder::SdkForwarder;
use crate::engine::provider::sdk_sampler::SdkSampler;
use crate::engine::provider::tracer_provider::RecorderProvider;
use crate::engine::queue::span_queue::SpanQueue;
use crate::engine::recorder::hook::SpanHook;
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorder::{Recorder, install};
use crate::engine::span::limits::Limits;
use crate::error::InitError;
use crate::sampling::config::SamplerConfig;

/// Adds a span processor to a provider that is being built.
pub(super) type AddProcessor = Box<dyn FnOnce(TracerProviderBuilder) -> TracerProviderBuilder>;

/// What creates the spans of this process.
#[derive(Clone, Debug)]
pub(super) enum InstalledProvider {
    Recorder(Arc<Recorder>),
    Sdk(SdkTracerProvider),
}

/// Installs Spanwise's recorder as the global provider. A closed one records nothing.
pub(super) fn install_recorder(
    sampling: SamplerConfig,
    limits: Limits,
    hooks: Vec<Box<dyn SpanHook>>,
    queue: Arc<SpanQueue>,
    is_closed: bool,
) -> Result<InstalledProvider, InitError> {
    let recorder = Recorder::new(sampling, limits, hooks, SpanOutput::Queue(queue));
    if is_closed {
        recorder.close();
    }
    if !install(&recorder) {
        return Err(InitError::AlreadyInitialized);
    }
    global::set_tracer_provider(RecorderProvider(Arc::clone(&recorder)));
    refresh_provider();
    diag::detail("spans are recorded by Spanwise's recorder");
    Ok(InstalledProvider::Recorder(recorder))
}

/// Installs the SDK's provider, with the processors of the code and Spanwise's export behind them.
pub(super) fn install_sdk(
    processors: Vec<AddProcessor>,
    sampling: SamplerConfig,
    limits: Limits,
    resource: Vec<KeyValue>,
    queue: Arc<SpanQueue>,
) -> InstalledProvider {
    let builder = SdkTracerProvider::builder()
        .with_sampler(SdkSampler(sampling.sampler))
        .with_span_limits(SpanLimits {
            max_attributes_per_span: limits.attributes,
            max_events_per_span: limits.events,
            max_links_per_span: limits.links,
            max_attributes_per_event: limits.attributes_of_event,
            max_attributes_per_link: limits.attributes_of_link,
        })
        .with_resource(Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build());
    let builder = processors.into_iter().fold(builder, |builder, add| add(builder));
    let provider = builder.with_span_processor(SdkForwarder::new(queue, limits.value_length)).build();
    global::set_tracer_provider(provider.clone());
    sampling_hint::set_provider_ours();
    refresh_provider();
    diag::detail("spans are recorded by OpenTelemetry's SDK, because the builder has span processors");
    InstalledProvider::Sdk(provider)
}
