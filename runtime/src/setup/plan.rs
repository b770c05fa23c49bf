//! What a builder and the environment ask for together. [`init`](crate::init) starts it; the doctor describes it.

use opentelemetry::KeyValue;

use super::builder::Builder;
use super::resource::detection::{Detection, detect};
use super::resource::host_view::HostView;
use super::resource::merged;
use super::settings::topics::read_all;
use super::settings::values::{PipelineSettings, Signal};
use super::settings::variable::Variable;
use super::settings::{exporters, metrics as metrics_settings, otlp, queue};
use super::traces_exporter::TracesExporter;
use super::{certificates, metrics};
use crate::export::OtlpSettings;
use crate::export::destination::collector::CollectorSettings;
use crate::export::destination::destination::DestinationSettings;

/// Everything that can be decided before anything is started.
pub(super) struct Plan {
    /// What only the code can set.
    pub(super) builder: Builder,
    pub(super) settings: PipelineSettings,
    /// The variables that the code overrides.
    pub(super) overridden: Vec<&'static Variable>,
    pub(super) detection: Detection,
    pub(super) resource: Vec<KeyValue>,
}

impl Plan {
    /// Reads the environment, the files and the resource. Starts nothing and changes nothing.
    pub(super) fn of(mut builder: Builder) -> Self {
        let (mut settings, overridden) = resolve(&mut builder);
        read_certificates(&mut settings);
        warn_of_conflicts(&builder, &mut settings, &overridden);
        if !settings.is_disabled && settings.exporters().contains(&TracesExporter::Otlp) {
            otlp::warn_of_ignored_proxy(&mut settings, &builder.lookup);
        }
        settings.deduplicate_warnings();
        let here = HostView::of_this_process(&builder.lookup, builder.detectors.build_info);
        let detection = detect(&builder.detectors, &here);
        let resource = merged(
            &detection,
            settings.resource.clone(),
            settings.service_name.clone(),
            builder.resource.clone(),
        );
        Self { builder, settings, overridden, detection, resource }
    }

    /// Whether the code overrides this variable.
    pub(super) fn overrides(&self, variable: &Variable) -> bool {
        variable.is_in(&self.overridden)
    }

    pub(super) fn has_custom_exporter(&self) -> bool {
        self.builder.exporter.is_some()
    }

    /// Whether spans are recorded by OpenTelemetry's SDK, which runs span processors.
    pub(super) fn uses_sdk(&self) -> bool {
        !self.builder.processors.is_empty() && !self.settings.is_disabled
    }

    /// The exporters to start; none if an exporter of the code takes their place.
    pub(super) fn exporters(&self) -> Vec<TracesExporter> {
        if self.settings.is_disabled || self.has_custom_exporter() {
            return Vec::new();
        }
        self.settings.exporters()
    }

    /// How traces are sent by OTLP.
    pub(super) fn otlp(&self) -> OtlpSettings {
        let otlp = &self.settings.otlp;
        OtlpSettings {
            protocol: otlp.protocol(),
            endpoint: otlp.url(Signal::Traces),
            headers: otlp.headers.clone(),
            timeout: self.settings.request_timeout(),
            compression: otlp.compression,
            tls: otlp.tls.clone(),
        }
    }

    /// The destinations of those exporters.
    pub(super) fn destinations(&self) -> Vec<Box<dyn DestinationSettings>> {
        self.exporters().iter().map(|exporter| exporter.destination(&|| self.collector())).collect()
    }

    /// How traces get to a collector, and what is kept while it is away.
    fn collector(&self) -> CollectorSettings {
        let builder = &self.builder;
        CollectorSettings {
            otlp: self.otlp(),
            max_request_bytes: builder.max_request_bytes,
            max_memory_bytes: builder.max_memory_bytes,
            spool: builder.spool.clone().map(|directory| (directory, builder.max_spool_bytes)),
            logs_lost_spans: builder.logs_lost_spans,
        }
    }
}

/// The settings: what the code sets, else the environment, else the defaults.
pub(super) fn resolve(builder: &mut Builder) -> (PipelineSettings, Vec<&'static Variable>) {
    let mut settings = read_all(&builder.lookup);
    let mut overridden = Vec::new();
    for setting in std::mem::take(&mut builder.overrides) {
        let variable = setting.variable;
        if setting.is_replacement {
            // What was wrong with the variable does not matter any more.
            settings.warnings.retain(|warning| !variable.is_called(&warning.variable));
        }
        (setting.apply)(&mut settings);
        overridden.push(variable);
    }
    queue::check_batch_size(&mut settings);
    settings.deduplicate_warnings();
    (settings, overridden)
}

fn read_certificates(settings: &mut PipelineSettings) {
    let mut warnings = Vec::new();
    settings.otlp.tls = certificates::read(&settings.otlp.certificates, &mut warnings);
    if settings.exporters().contains(&TracesExporter::Otlp) {
        otlp::check_tls(settings);
    }
    if let Some(metrics) = settings.metrics.as_mut().filter(|_| !settings.is_disabled) {
        metrics.tls = certificates::read(&metrics.certificates, &mut warnings);
    }
    settings.warnings.append(&mut warnings);
}

/// Warns of settings that exclude each other, and of those that this build cannot follow.
fn warn_of_conflicts(builder: &Builder, settings: &mut PipelineSettings, overridden: &[&'static Variable]) {
    if let Some(feature) = metrics::MISSING_FEATURE
        && settings.metrics.is_some()
        && !settings.is_disabled
    {
        metrics_settings::warn_missing_feature(settings, feature);
    }
    if builder.exporter.is_some() && exporters::EXPORTER.is_in(overridden) {
        settings
            .warn("exporters", "`exporters` is ignored: the builder also has an exporter of the application");
    }
    if builder.processors.is_empty() {
        return;
    }
    let ignored = [
        ("hook", !builder.hooks.is_empty() && !settings.is_disabled),
        ("max_spans_per_trace", builder.max_spans_per_trace.is_some()),
        ("keep_on_error", builder.keep_on_error.is_some()),
    ];
    for (method, _) in ignored.into_iter().filter(|(_, is_set)| *is_set) {
        settings.warn(method, format!("`{method}` is ignored: the builder also has span processors"));
    }
}
