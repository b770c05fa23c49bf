//! The pieces put together.

use std::sync::Arc;

use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, ShouldSample, SpanLimits};

use super::builder::{AddProcessor, Builder};
use super::env::{self, ExporterSetting, Settings};
use super::guard::{Guard, Lane};
use super::{abort, metrics, resource};
use crate::diag;
use crate::engine::{
    Forward, Handover, Limits, Output, Recorder, RecorderProvider, Sampling, as_the_sampler_sees_it, install,
    refresh_provider, word,
};
use crate::error::InitError;
use crate::export::{CollectorSettings, Console, Destination, Exporter};
use crate::span::orphan;

/// Sets everything up, for the only time in the process.
pub(super) fn assemble(mut builder: Builder) -> Result<Guard, InitError> {
    let mut settings = env::read(&builder.lookup);
    diag::set_verbosity(settings.verbosity);
    orphan::set_wanted(builder.warns_of_orphans);
    take_endpoint(&builder, &mut settings);
    for warning in &settings.warnings {
        diag::warn(warning);
    }

    let name = builder.service_name.take().or(settings.service_name.take());
    let mut resource = resource::resource(name, std::mem::take(&mut settings.resource));
    for attribute in std::mem::take(&mut builder.resource) {
        resource::set(&mut resource, attribute);
    }

    let within = builder.shutdown_within.min(env::LONGEST);
    let sampling = builder.sampler.take().unwrap_or(settings.sampling);
    let handover = Handover::new(settings.queue.room);
    let batching = settings.queue.for_exporter(settings.exporter);
    let processors = std::mem::take(&mut builder.processors);
    let (hooks, flushes_on_abort, panic_hook) =
        (std::mem::take(&mut builder.hooks), builder.flushes_on_abort, builder.panic_hook);
    let propagators = builder.propagators.take().unwrap_or(settings.propagators);
    #[cfg(any(feature = "client", feature = "server"))]
    if let Some(methods) = settings.known_methods.take() {
        crate::http::set_known_methods(methods);
    }
    let metrics = settings.metrics.take().filter(|_| !settings.disabled);
    let metrics = metrics.and_then(|setting| metrics::start(setting, resource.clone()));
    let on_signal = builder.ends_on_signal.then_some(within);
    let exporter = if settings.disabled { ExporterSetting::None } else { settings.exporter };
    let destination = destination(builder, exporter, settings.otlp, resource.clone(), settings.disabled);
    let exporter = Exporter::start(Arc::clone(&handover), batching, destination, on_signal)
        .map_err(InitError::NoThread)?;

    let lane = if processors.is_empty() {
        let recorder = Recorder::new(sampling, settings.limits, hooks, Output::Handover(handover));
        if settings.disabled {
            recorder.close();
        }
        if !install(Arc::clone(&recorder)) {
            return Err(InitError::AlreadyInitialised);
        }
        global::set_tracer_provider(RecorderProvider(Arc::clone(&recorder)));
        diag::detail("spans are recorded by Spanwise's own recorder");
        Lane::Recorder(recorder)
    } else {
        if !hooks.is_empty() {
            diag::warn(
                "the span hooks given to the builder are not called: it was given span processors, too",
            );
        }
        let sampler = if settings.disabled { Sampling::plain(Sampler::AlwaysOff) } else { sampling };
        let provider = sdk_provider(processors, sampler, settings.limits, resource, handover);
        global::set_tracer_provider(provider.clone());
        word::set_provider_knows();
        diag::detail("spans are recorded by OpenTelemetry's SDK, for its span processors' sake");
        Lane::Sdk(provider)
    };
    refresh_provider();
    crate::propagation::set_none_wanted(propagators.is_empty());
    global::set_text_map_propagator(propagators);
    if panic_hook {
        crate::install_panic_hook();
    }
    if flushes_on_abort {
        abort::flush_before(exporter.clone(), within);
    }
    Ok(Guard::new(lane, exporter, metrics, within))
}

/// The endpoint that is said in the code, in place of the environment's.
fn take_endpoint(builder: &Builder, settings: &mut Settings) {
    const GIVEN: &str = "the endpoint given to the builder";
    let Some(endpoint) = &builder.endpoint else { return };
    match env::parse_endpoint(GIVEN, endpoint, &mut settings.warnings) {
        Ok(url) => {
            settings.metrics = settings.metrics.take().map(|metrics| metrics.at(url.clone()));
            settings.otlp.endpoint = env::for_signal(settings.otlp.protocol, url);
            settings.exporter = ExporterSetting::Otlp;
        }
        Err(why) => settings
            .warnings
            .push(format!("{GIVEN}, {:?}, {why}; it is left out", diag::shown(&env::masked(endpoint)))),
    }
}

fn destination(
    builder: Builder,
    exporter: ExporterSetting,
    otlp: crate::export::OtlpSettings,
    resource: Vec<KeyValue>,
    disabled: bool,
) -> Destination {
    match (builder.exporter, exporter) {
        (Some(exporter), _) if !disabled => Destination::Custom { exporter, resource },
        (_, ExporterSetting::Otlp) => Destination::Collector(CollectorSettings {
            otlp,
            resource,
            kept_bytes: builder.kept_bytes,
            spool: builder.spool.map(|directory| (directory, builder.spool_bytes)),
            tells_lost: builder.tells_lost,
        }),
        (_, ExporterSetting::Console) => {
            diag::note(format_args!(
                "traces are shown here; OTEL_EXPORTER_OTLP_ENDPOINT={} sends them to a collector",
                env::DEFAULT_ENDPOINT
            ));
            Destination::Console(Console::new(resource::service_name(&resource)))
        }
        (_, ExporterSetting::None) => Destination::Nothing,
    }
}

/// The SDK's provider, with the application's processors and our export behind them.
fn sdk_provider(
    processors: Vec<AddProcessor>,
    sampling: Sampling,
    limits: Limits,
    resource: Vec<KeyValue>,
    handover: Arc<Handover>,
) -> SdkTracerProvider {
    let builder = SdkTracerProvider::builder()
        .with_sampler(AnySampler(sampling.sampler))
        .with_span_limits(SpanLimits {
            max_attributes_per_span: limits.attributes,
            max_events_per_span: limits.events,
            max_links_per_span: limits.links,
            max_attributes_per_event: limits.attributes_of_event,
            max_attributes_per_link: limits.attributes_of_link,
        })
        .with_resource(Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build());
    let builder = processors.into_iter().fold(builder, |builder, add| add(builder));
    builder.with_span_processor(Forward::new(handover, limits.value_length)).build()
}

/// A sampler of any type.
#[derive(Clone, Debug)]
struct AnySampler(Box<dyn ShouldSample>);

impl ShouldSample for AnySampler {
    fn should_sample(
        &self,
        parent: Option<&opentelemetry::Context>,
        trace_id: opentelemetry::trace::TraceId,
        name: &str,
        kind: &opentelemetry::trace::SpanKind,
        attributes: &[KeyValue],
        links: &[opentelemetry::trace::Link],
    ) -> opentelemetry_sdk::trace::SamplingResult {
        let parent = parent.map(as_the_sampler_sees_it);
        self.0.should_sample(parent.as_deref(), trace_id, name, kind, attributes, links)
    }
}
