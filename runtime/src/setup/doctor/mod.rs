//! What has come of the configuration, and whether a span arrives.
//!
//! Everything is found out as [`init`](crate::init) does it, and nothing is set up: [`variables`] has a row for each that is
//! read, [`versions`] looks for two of one crate, and [`advice`] puts what a connection says into words.

mod advice;
mod report;
mod variables;
mod versions;

use opentelemetry::propagation::TextMapPropagator as _;

use self::report::{Canary, Diagnosed, Headers};
use self::variables::Variable;
use super::builder::Builder;
use super::env::{Settings, TracesExporter, Warning};
use super::resource::{self, Outcome, Surroundings};
use super::{assemble, certificates};
use crate::diag::shown_up_to;
use crate::export::OtlpSettings;
use crate::export::test_span::{TestSpanResult, send_test_span};

/// What [`doctor`](crate::doctor) has found; printed, it is for people.
///
/// No secret is in it: values of headers, credentials in addresses, and what is named like one are masked.
#[derive(Debug)]
pub struct Diagnosis(Diagnosed);

impl Diagnosis {
    /// Whether spans arrive where they are to go, as far as that can be tried: a span was sent to the collector, and taken.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        !matches!(self.0.canary, Canary::Lost { .. })
    }
}

impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Says what has come of the configuration, with the source of each value, and whether a span arrives at the collector.
///
/// It is [`Builder::doctor`] of a builder that is told nothing: `cargo run --example doctor` is a program that prints it.
#[must_use]
pub fn doctor() -> Diagnosis {
    crate::builder().doctor()
}

impl Builder {
    /// Says what has come of the configuration, of this builder and the environment, and sets nothing up: the effective
    /// values and where each is from, who records, the resource and which detector gave what, the headers that a peer gets, and whether
    /// there are two versions of `opentelemetry` in the `Cargo.lock` of this directory or one above it. Then it sends a span to the collector,
    /// where there is one, and waits for the answer, 15 seconds at the most.
    ///
    /// ```no_run
    /// let diagnosis = spanwise::builder().service_name("orders").doctor();
    /// println!("{diagnosis}");
    /// std::process::exit(if diagnosis.is_healthy() { 0 } else { 1 });
    /// ```
    #[must_use]
    pub fn doctor(mut self) -> Diagnosis {
        let (mut settings, said) = self.settle();
        let otlp = assemble::otlp(&mut settings);
        if let Some(metrics) = &settings.metrics {
            certificates::read(&metrics.certificates, &mut settings.warnings);
        }
        if cfg!(not(feature = "metrics")) && settings.metrics.is_some() {
            settings.warnings.push(Warning {
                variable: "OTEL_METRICS_EXPORTER".to_owned(),
                text: "metrics are not exported, as OTEL_METRICS_EXPORTER asks: that needs the feature `metrics` of spanwise"
                    .to_owned(),
            });
        }
        settings.tell_each_once();
        let here = Surroundings::here(&self.lookup, self.detection.build);
        let detection = resource::detect(&self.detection, &here);
        let from_code = std::mem::take(&mut self.resource);
        let resource = resource::merged(
            &detection,
            settings.resource.clone(),
            settings.service_name.clone(),
            from_code.clone(),
        );
        let sources = |key: &str| {
            let by = |names: &[&str]| names.iter().any(|name| said.contains(name));
            if from_code.iter().any(|attribute| attribute.key.as_str() == key) {
                return "in the code".to_owned();
            }
            if key == "service.name" && settings.service_name.is_some() {
                let in_code = by(&["OTEL_SERVICE_NAME"]);
                return if in_code { "in the code" } else { "OTEL_SERVICE_NAME" }.to_owned();
            }
            if settings.resource.iter().any(|(name, _)| name == key) {
                return "OTEL_RESOURCE_ATTRIBUTES".to_owned();
            }
            let found = |outcome: &&Outcome| {
                outcome.result.as_ref().is_ok_and(|list| list.iter().any(|known| known.key.as_str() == key))
            };
            let detector = detection.outcomes.iter().rev().find(found);
            detector.map_or_else(String::new, |outcome| match &*outcome.detector {
                "always" => "default".to_owned(),
                name => format!("detector `{name}`"),
            })
        };
        let attributes = resource.iter().map(|attribute| {
            let key = attribute.key.to_string();
            let source = sources(&key);
            let value = if crate::secret::is_name(&key) {
                MASK.to_owned()
            } else {
                shown_up_to(&resource::without_credentials(&attribute.value.as_str()), LONGEST_VALUE)
            };
            (key, value, source)
        });
        let attributes: Vec<_> = attributes.collect();
        let skipped = detection.outcomes.iter().filter_map(|outcome| {
            Some((outcome.detector.to_string(), outcome.result.as_ref().err()?.to_string()))
        });
        let skipped = skipped.collect();
        let lock = std::env::current_dir().ok().and_then(|directory| versions::lock_above(&directory));
        Diagnosis(Diagnosed {
            variables: variables::rows(&variables::Effective {
                settings: &settings,
                otlp: &otlp,
                said: &said,
                lookup: &self.lookup,
                name: attributes.iter().find(|(key, ..)| key == "service.name"),
                has_own_exporter: self.exporter.is_some(),
            }),
            warnings: settings.warnings.iter().map(|warning| warning.text.clone()).collect(),
            lane: self.lane(&settings),
            attributes,
            skipped,
            headers: headers(&settings),
            versions: versions::told(lock.as_deref()),
            canary: self.canary(&settings, otlp, &resource),
        })
    }

    /// Who records.
    fn lane(&self, settings: &Settings) -> String {
        match (settings.disabled, self.processors.len()) {
            (true, _) => "nothing is recorded: that is switched off".to_owned(),
            (_, 0) => "Spanwise's own recorder".to_owned(),
            (_, 1) => "OpenTelemetry's SDK, for the sake of the span processor in the code".to_owned(),
            (_, count) => {
                format!("OpenTelemetry's SDK, for the sake of the {count} span processors in the code")
            }
        }
    }

    fn canary(
        &self,
        settings: &Settings,
        otlp: OtlpSettings,
        resource: &[opentelemetry::KeyValue],
    ) -> Canary {
        let exporters = settings.exporters();
        if settings.disabled {
            return Canary::NotTried("nothing is recorded, and nothing is sent".to_owned());
        }
        if self.exporter.is_some() {
            return Canary::NotTried(
                "spans go to the exporter that the code gives: it is not tried".to_owned(),
            );
        }
        if exporters.contains(&TracesExporter::Otlp) {
            let endpoint = otlp.endpoint.origin().ascii_serialization();
            let protocol = otlp.protocol;
            return match send_test_span(otlp, resource.to_vec()) {
                TestSpanResult::Accepted { trace_id, took } => {
                    Canary::Taken { endpoint, took, trace: trace_id.to_string() }
                }
                TestSpanResult::NotAccepted { reason, is_retryable } => {
                    let advice = advice::on(&reason, protocol, is_retryable);
                    Canary::Lost { endpoint, reason, advice }
                }
            };
        }
        let mut places = Vec::new();
        for exporter in &exporters {
            let destination = assemble::destination(exporter, &otlp, self);
            if let Err(reason) = destination.check() {
                return Canary::Lost { endpoint: destination.place(), reason, advice: None };
            }
            places.push(destination.place());
        }
        let places = match places.as_slice() {
            [] => "nothing is sent: that is what `none` asks for".to_owned(),
            places => format!("nothing is sent: traces are written to {}", places.join(" and ")),
        };
        let default = super::env::DEFAULT_ENDPOINT;
        Canary::NotTried(if settings.exporters.is_some() {
            format!("{places}; OTEL_TRACES_EXPORTER=otlp, or `exporters` in the code, would send them")
        } else {
            format!("{places}; OTEL_EXPORTER_OTLP_ENDPOINT={default} would send them")
        })
    }
}

/// How much is shown of a value.
const LONGEST_VALUE: usize = 1024;

/// What stands for a secret.
const MASK: &str = "****";

/// What a peer gets, of a span and baggage that are made up.
fn headers(settings: &Settings) -> Headers {
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
    use opentelemetry::{Context, KeyValue};

    let span = SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let context =
        Context::new().with_remote_span_context(span).with_baggage([KeyValue::new("example", "value")]);
    let mut carrier = std::collections::HashMap::new();
    settings.propagators.inject_context(&context, &mut carrier);
    let fields: Vec<_> = settings.propagators.fields().collect();
    let mut headers: Vec<(String, String)> = carrier.into_iter().collect();
    headers.sort_by_key(|(name, _)| {
        (fields.iter().position(|field| field == name).unwrap_or(fields.len()), name.clone())
    });
    headers
}
