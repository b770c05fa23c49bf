//! The pieces put together.

use std::sync::Arc;

use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample, SpanLimits};

use super::builder::{AddProcessor, Builder};
use super::env::{self, Endpoint, Settings, TracesExporter, Warning};
use super::guard::{Guard, Lane};
use super::resource::Surroundings;
use super::{abort, certificates, metrics, resource, sampling};
use crate::diag;
use crate::engine::context::sampling_hint;
use crate::engine::provider::global_provider::refresh_provider;
use crate::engine::provider::sdk_forwarder::SdkForwarder;
use crate::engine::provider::tracer_provider::RecorderProvider;
use crate::engine::queue::span_queue::SpanQueue;
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorder::{Recorder, as_the_sampler_sees_it, install};
use crate::engine::span::limits::Limits;
use crate::error::InitError;
use crate::export::local::{Console, Lines, Local};
use crate::export::{CollectorSettings, Destination, Exporter, OtlpSettings};
use crate::sampling::decision::Sampling;
use crate::span::lost_context;

/// Sets everything up, for the only time in the process.
pub(super) fn assemble(mut builder: Builder) -> Result<Guard, InitError> {
    let (mut settings, said) = builder.settle();
    diag::set_verbosity(settings.verbosity);
    lost_context::set_enabled(builder.warns_of_orphans);
    let otlp = otlp(&mut settings);
    let metrics = settings.metrics.take().filter(|_| !settings.disabled);
    let metrics = metrics.map(|setting| {
        let tls = certificates::read(&setting.certificates, &mut settings.warnings);
        (setting, tls)
    });
    if builder.exporter.is_some() && said.contains(&"OTEL_TRACES_EXPORTER") {
        diag::warn("`exporters` is not heeded: the builder was given an exporter of the application's, too");
    }
    settings.tell_each_once();
    for warning in &settings.warnings {
        diag::warn(&warning.text);
    }
    if let Some(level) = settings.max_level {
        crate::set_max_level(level);
    }

    #[cfg(any(feature = "logs", feature = "log"))]
    if let Some(signal) = settings.exception_signal {
        crate::logs::set_exception_signal(signal);
    }

    let name = settings.service_name.take();
    let here = Surroundings::here(&builder.lookup, builder.detection.build);
    let detection = resource::detect(&builder.detection, &here);
    for outcome in &detection.outcomes {
        diag::detail(format_args!("resource detector {outcome}"));
    }
    let from_code = std::mem::take(&mut builder.resource);
    let resource = resource::merged(&detection, std::mem::take(&mut settings.resource), name, from_code);

    let within = builder.shutdown_within.min(env::LONGEST);
    let exporters =
        if settings.disabled || builder.exporter.is_some() { Vec::new() } else { settings.exporters() };
    let (sampling, keep) = sampling::with_bounds(settings.sampling, &mut builder);
    let queue = SpanQueue::new(settings.queue.room());
    let batching = settings.queue.batching(&exporters);
    let processors = std::mem::take(&mut builder.processors);
    let (hooks, flushes_on_abort, panic_hook) =
        (std::mem::take(&mut builder.hooks), builder.flushes_on_abort, builder.panic_hook);
    let propagators = settings.propagators;
    #[cfg(any(feature = "client", feature = "server"))]
    if let Some(methods) = settings.known_methods.take() {
        crate::http::set_known_methods(methods);
    }
    let metrics = metrics.and_then(|(setting, tls)| metrics::start(setting, tls, resource.clone()));
    let on_signal = builder.ends_on_signal.then_some(within);
    let custom = builder.exporter.take().filter(|_| !settings.disabled);
    let (destination, beside) = match custom {
        Some(exporter) => {
            let within = settings.queue.export_within();
            (Destination::Custom { exporter, resource: resource.clone(), within }, Vec::new())
        }
        None => {
            let is_default = settings.exporters.is_none();
            destinations(exporters, otlp, builder, &resource, (batching.most, is_default))
        }
    };
    let exporter = Exporter::start(Arc::clone(&queue), batching, destination, beside, on_signal, keep)
        .map_err(InitError::NoThread)?;

    // The SDK would give those who are told of nothing ids that nobody has.
    let lane = if processors.is_empty() || settings.disabled {
        let recorder = Recorder::new(sampling, settings.limits, hooks, SpanOutput::Queue(queue));
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
        let provider = sdk_provider(processors, sampling, settings.limits, resource, queue);
        global::set_tracer_provider(provider.clone());
        sampling_hint::set_provider_knows();
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

/// How a collector is spoken to.
pub(super) fn otlp(settings: &mut Settings) -> OtlpSettings {
    let otlp = &settings.otlp;
    let tls = certificates::read(&otlp.certificates, &mut settings.warnings);
    let endpoint = otlp.endpoint.as_ref().unwrap_or(&Endpoint::Default).for_traces(otlp.protocol);
    if !tls.is_empty() && endpoint.scheme() == "http" && settings.exporters().contains(&TracesExporter::Otlp)
    {
        settings.warnings.push(Warning {
            variable: "OTEL_EXPORTER_OTLP_CERTIFICATE".to_owned(),
            text: format!(
                "certificates are given, and {} is without TLS: they are not used; TLS is an address with `https://`",
                endpoint.origin().ascii_serialization()
            ),
        });
    }
    OtlpSettings {
        protocol: otlp.protocol,
        endpoint,
        headers: otlp.headers.clone(),
        timeout: settings.queue.export_timeout.map_or(otlp.timeout, |most| otlp.timeout.min(most)),
        compression: otlp.compression,
        tls,
    }
}

/// The one whose spans are counted, and what is shown beside it.
fn destinations(
    mut exporters: Vec<TracesExporter>,
    otlp: OtlpSettings,
    builder: Builder,
    resource: &[KeyValue],
    (most, is_default): (usize, bool),
) -> (Destination, Vec<Local>) {
    if exporters == [TracesExporter::Console] && is_default {
        diag::note(format_args!(
            "traces are shown here; OTEL_EXPORTER_OTLP_ENDPOINT={} sends them to a collector",
            env::DEFAULT_ENDPOINT
        ));
    }
    // Whatever can lose spans is counted.
    exporters.sort_by_key(|exporter| *exporter != TracesExporter::Otlp);
    let to_collector = exporters.first() == Some(&TracesExporter::Otlp);
    let mut locals: Vec<_> =
        exporters.into_iter().filter_map(|exporter| local(exporter, resource, most)).collect();
    let destination = if to_collector {
        Destination::Collector(CollectorSettings {
            otlp,
            resource: resource.to_vec(),
            kept_bytes: builder.kept_bytes,
            spool: builder.spool.map(|directory| (directory, builder.spool_bytes)),
            tells_lost: builder.tells_lost,
        })
    } else if locals.is_empty() {
        Destination::Nothing
    } else {
        Destination::Local(locals.remove(0))
    };
    (destination, locals)
}

fn local(exporter: TracesExporter, resource: &[KeyValue], most: usize) -> Option<Local> {
    match exporter {
        TracesExporter::Otlp => None,
        TracesExporter::Console => Some(Local::Console(Console::new(resource::service_name(resource)))),
        TracesExporter::OtlpStdout => Some(Local::Lines(Lines::to_output(resource, most))),
        TracesExporter::OtlpFile(path) => Some(Local::Lines(Lines::to_file(&path, resource, most))),
    }
}

/// The SDK's provider, with the application's processors and our export behind them.
fn sdk_provider(
    processors: Vec<AddProcessor>,
    sampling: Sampling,
    limits: Limits,
    resource: Vec<KeyValue>,
    queue: Arc<SpanQueue>,
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
    builder.with_span_processor(SdkForwarder::new(queue, limits.value_length)).build()
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
