//! The doctor: describes the plan that [`init`](crate::init) would start, and sends a test span.
//!
//! [`lines`] shows each variable, [`versions`] looks for two versions of a crate, [`test_span`] sends the span.

mod lines;
mod report;
mod test_span;
mod versions;

use opentelemetry::propagation::TextMapPropagator as _;

use self::report::{DoctorReport, ResourceLine};
use self::test_span::TestSpan;
use super::builder::Builder;
use super::plan::Plan;
use super::resource::detection::ALWAYS;
use super::resource::without_credentials;
use super::settings::general::{RESOURCE_ATTRIBUTES, SERVICE_NAME};
use super::settings::variable::Effective;
use crate::diag::escaped_up_to;
use crate::propagation::Propagators;

/// How many characters of a value are shown.
const MAX_VALUE_LENGTH: usize = 1024;

/// What [`doctor`](crate::doctor) has found. It implements `Display` for people.
///
/// It contains no secrets: header values, credentials in addresses, and values whose names look secret are masked.
#[derive(Debug)]
pub struct Diagnosis(DoctorReport);

impl Diagnosis {
    /// Returns whether spans arrive, as far as that can be tested: the collector accepted the test span, or the file can be
    /// written.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        !matches!(self.0.test_span, TestSpan::Lost { .. })
    }
}

impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Describes the configuration, with the source of each value, and tests whether a span arrives at the collector.
///
/// It is [`Builder::doctor`] without overrides. `cargo run --example doctor` prints it.
#[must_use]
pub fn doctor() -> Diagnosis {
    Builder::default().doctor()
}

impl Builder {
    /// Describes the configuration of this builder and the environment, and sets nothing up.
    ///
    /// The report shows the values in effect and their sources, what records the spans, the resource and its detectors, the
    /// headers that other services receive, and whether the `Cargo.lock` of this directory or one above it has two versions of
    /// `opentelemetry`. If spans go to a collector, it sends a span there and waits for the response, for at most 15 seconds.
    ///
    /// ```no_run
    /// let diagnosis = spanwise::builder().service_name("orders").doctor();
    /// println!("{diagnosis}");
    /// std::process::exit(if diagnosis.is_healthy() { 0 } else { 1 });
    /// ```
    #[must_use]
    pub fn doctor(self) -> Diagnosis {
        let plan = Plan::of(self);
        let resource = resource_lines(&plan);
        let service_name = resource.iter().find(|line| line.key == "service.name");
        let configuration = lines::configuration(Effective {
            settings: &plan.settings,
            overridden: &plan.overridden,
            lookup: &plan.builder.lookup,
            service_name: service_name.map(|line| (line.value.as_str(), line.source.as_str())),
            has_custom_exporter: plan.has_custom_exporter(),
            signal: None,
        });
        let skipped = plan.detection.results.iter().filter_map(|result| {
            Some((result.detector.to_string(), result.attributes.as_ref().err()?.to_string()))
        });
        let lock = std::env::current_dir().ok().and_then(|directory| versions::lock_above(&directory));
        Diagnosis(DoctorReport {
            configuration,
            warnings: plan.settings.warnings.iter().map(|warning| warning.text.clone()).collect(),
            recorder: recorder(&plan),
            skipped: skipped.collect(),
            resource,
            headers: example_headers(&plan.settings.propagators),
            versions: versions::summary(lock.as_deref()),
            test_span: test_span::send(&plan),
        })
    }
}

/// What records the spans.
fn recorder(plan: &Plan) -> String {
    match plan.builder.processors.len() {
        _ if plan.settings.is_disabled => "nothing: recording is disabled".to_owned(),
        0 => "Spanwise's recorder".to_owned(),
        1 => "OpenTelemetry's SDK, because the code adds a span processor".to_owned(),
        count => format!("OpenTelemetry's SDK, because the code adds {count} span processors"),
    }
}

fn resource_lines(plan: &Plan) -> Vec<ResourceLine> {
    let line = |attribute: &opentelemetry::KeyValue| {
        let key = attribute.key.to_string();
        let value = if crate::secret::is_name(&key) {
            "****".to_owned()
        } else {
            escaped_up_to(&without_credentials(&attribute.value.as_str()), MAX_VALUE_LENGTH)
        };
        ResourceLine { source: source_of_attribute(plan, &key), key, value }
    };
    plan.resource.iter().map(line).collect()
}

/// Where an attribute of the resource comes from, by the same precedence as in the resource.
fn source_of_attribute(plan: &Plan, key: &str) -> String {
    if plan.builder.resource.iter().any(|attribute| attribute.key.as_str() == key) {
        return "in the code".to_owned();
    }
    if key == "service.name" && plan.settings.service_name.is_some() {
        return if plan.overrides(&SERVICE_NAME) { "in the code" } else { SERVICE_NAME.name }.to_owned();
    }
    if plan.settings.resource.iter().any(|(name, _)| name == key) {
        return RESOURCE_ATTRIBUTES.name.to_owned();
    }
    match plan.detection.detector_of(key) {
        Some(ALWAYS) => "default".to_owned(),
        Some(name) => format!("detector `{name}`"),
        None => String::new(),
    }
}

/// The headers that carry an example of a span and of baggage.
fn example_headers(propagators: &Propagators) -> Vec<(String, String)> {
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
    propagators.inject_context(&context, &mut carrier);
    let fields: Vec<_> = propagators.fields().collect();
    let mut headers: Vec<(String, String)> = carrier.into_iter().collect();
    headers.sort_by_key(|(name, _)| {
        (fields.iter().position(|field| field == name).unwrap_or(fields.len()), name.clone())
    });
    headers
}
