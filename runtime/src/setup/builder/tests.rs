//! The code overrides each variable.

use std::time::Duration;

use super::*;
use crate::diag::Verbosity;
use crate::export::Compression;
#[cfg(feature = "otlp-http")]
use crate::export::Protocol;
use crate::level::Level;
use crate::propagation::Propagator;
use crate::setup::plan::resolve;
#[cfg(feature = "otlp-http")]
use crate::setup::settings::otlp_choices::OtlpProtocol;
use crate::setup::settings::topics::variables;
use crate::setup::settings::values::{CertificateFile, MAX_DURATION, Signal};
use crate::setup::traces_exporter::TracesExporter;

/// The settings of a builder in an environment that sets everything to something else, and the variables that it overrides.
fn resolved(change: impl FnOnce(Builder) -> Builder) -> (PipelineSettings, Vec<&'static str>) {
    let contrary = |name: &str| {
        let value = match name {
            "OTEL_SDK_DISABLED" => "true",
            "OTEL_LOG_LEVEL" => "none",
            "OTEL_RUST_SPAN_LEVEL" => "error",
            "OTEL_SERVICE_NAME" => "variable",
            "OTEL_TRACES_EXPORTER" => "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT" | "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => "http://variable:1",
            "OTEL_EXPORTER_OTLP_HEADERS" => "a=variable,b=variable",
            "OTEL_EXPORTER_OTLP_COMPRESSION" => "gzip",
            "OTEL_TRACES_SAMPLER" => "always_off",
            "OTEL_PROPAGATORS" => "jaeger",
            "OTEL_METRICS_EXPORTER" => "otlp",
            "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN" => "logs",
            "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS" => "VARIABLE",
            name if name.contains("TIMEOUT") || name.contains("LIMIT") || name.starts_with("OTEL_BSP") => {
                "77"
            }
            name if name.contains("CERTIFICATE") || name.ends_with("CLIENT_KEY") => "/variable",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let mut builder = change(builder().environment(contrary));
    let (settings, overridden) = resolve(&mut builder);
    (settings, overridden.into_iter().map(|variable| variable.name).collect())
}

/// Each method, the variable that it overrides, and what it changes.
macro_rules! each {
    ($($method:ident($($argument:expr),*) as $variable:literal: $look:expr => $expected:expr;)*) => {
        const NAMES: &[&str] = &[$(stringify!($method)),*];

        #[test]
        fn the_code_overrides_the_variable() {
            $(
                let look: fn(&PipelineSettings) -> _ = $look;
                let (before, _) = resolved(|builder| builder);
                let (after, overridden) = resolved(|builder| builder.$method($($argument),*));
                assert_ne!(look(&before), $expected, "the variable is read: {}", stringify!($method));
                assert_eq!(look(&after), $expected, "{}", stringify!($method));
                assert!(overridden.contains(&$variable), "{overridden:?}");
            )*
        }
    };
}

each! {
    disabled(false) as "OTEL_SDK_DISABLED": |all| all.is_disabled => false;
    log_level(Level::Debug) as "OTEL_LOG_LEVEL": |all| all.verbosity => Verbosity::Details;
    max_level(Level::Debug) as "OTEL_RUST_SPAN_LEVEL": |all| all.max_level => Some(Level::Debug);
    service_name("code") as "OTEL_SERVICE_NAME": |all| all.service_name.clone() => Some("code".to_owned());
    exporters([TracesExporter::Console, TracesExporter::Console]) as "OTEL_TRACES_EXPORTER":
        |all| all.exporters() => vec![TracesExporter::Console];
    otlp_endpoint("http://code:1") as "OTEL_EXPORTER_OTLP_ENDPOINT": |all| address(all) =>
        ("http://code:1/".to_owned(), "http://code:1/".to_owned());
    otlp_header("A", "code") as "OTEL_EXPORTER_OTLP_HEADERS":
        |all| (header(all, "a"), header(all, "b")) => (Some("code".to_owned()), Some("variable".to_owned()));
    otlp_timeout(Duration::from_millis(5)) as "OTEL_EXPORTER_OTLP_TIMEOUT":
        |all| (all.otlp.timeout, all.metrics.as_ref().map(|metrics| metrics.timeout))
            => (Duration::from_millis(5), Some(Duration::from_millis(5)));
    otlp_compression(None) as "OTEL_EXPORTER_OTLP_COMPRESSION":
        |all| all.otlp.compression => None::<Compression>;
    otlp_certificate("/code") as "OTEL_EXPORTER_OTLP_CERTIFICATE":
        |all| files(all).0 => Some("/code".into());
    otlp_client_certificate("/code", "/key") as "OTEL_EXPORTER_OTLP_CLIENT_KEY":
        |all| (files(all).1, files(all).2) => (Some("/code".into()), Some("/key".into()));
    sampler(opentelemetry_sdk::trace::Sampler::AlwaysOn) as "OTEL_TRACES_SAMPLER":
        |all| (all.sampling.follows_parent, format!("{:?}", all.sampling.sampler)) => (false, "AlwaysOn".to_owned());
    root_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOn) as "OTEL_TRACES_SAMPLER":
        |all| all.sampling.follows_parent => true;
    propagators([Propagator::B3]) as "OTEL_PROPAGATORS":
        |all| all.propagators.iter().collect::<Vec<_>>() => vec![Propagator::B3];
    max_queue_size(5) as "OTEL_BSP_MAX_QUEUE_SIZE": |all| all.queue.max_queue_size => 5;
    max_export_batch_size(5) as "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": |all| all.queue.max_batch_size => Some(5);
    schedule_delay(Duration::ZERO) as "OTEL_BSP_SCHEDULE_DELAY":
        |all| all.queue.schedule_delay => Some(Duration::from_millis(1));
    export_timeout(Duration::ZERO) as "OTEL_BSP_EXPORT_TIMEOUT": |all| all.queue.export_timeout => Some(MAX_DURATION);
    attribute_count_limit(1) as "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": |all| all.limits.attributes => 1;
    attribute_value_length_limit(2) as "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT":
        |all| all.limits.value_length => 2;
    event_count_limit(3) as "OTEL_SPAN_EVENT_COUNT_LIMIT": |all| all.limits.events => 3;
    link_count_limit(4) as "OTEL_SPAN_LINK_COUNT_LIMIT": |all| all.limits.links => 4;
    event_attribute_count_limit(5) as "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT":
        |all| all.limits.attributes_of_event => 5;
    link_attribute_count_limit(6) as "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT":
        |all| all.limits.attributes_of_link => 6;
}

/// The addresses for traces and for metrics.
fn address(settings: &PipelineSettings) -> (String, String) {
    let url = |signal| settings.signal(signal).expect("the signal is exported").url(signal).to_string();
    (url(Signal::Traces), url(Signal::Metrics))
}

fn header(settings: &PipelineSettings, name: &str) -> Option<String> {
    Some(settings.otlp.headers.get(name)?.to_str().ok()?.to_owned())
}

fn files(settings: &PipelineSettings) -> (Option<PathBuf>, Option<PathBuf>, Option<PathBuf>) {
    let path = |file: &Option<CertificateFile>| file.as_ref().map(|file| file.path.clone());
    let certificates = &settings.otlp.certificates;
    (path(&certificates.roots), path(&certificates.client), path(&certificates.key))
}

#[cfg(feature = "otlp-http")]
#[test]
fn the_protocol_decides_the_rest_of_the_address() {
    let http = |builder: Builder| builder.otlp_protocol(OtlpProtocol::HttpProtobuf);
    let (settings, _) = resolved(|builder| http(builder).otlp_endpoint("http://code:1/x"));
    assert_eq!(settings.otlp.protocol(), Protocol::Http);
    let expected = ("http://code:1/x/v1/traces".to_owned(), "http://code:1/x/v1/metrics".to_owned());
    assert_eq!(address(&settings), expected);
}

#[cfg(any(feature = "logs", feature = "log"))]
#[test]
fn exceptions() {
    use crate::logs::ExceptionSignal;

    let (settings, _) = resolved(|builder| builder.exception_signal(ExceptionSignal::Both));
    assert_eq!(settings.exception_signal, Some(ExceptionSignal::Both));
}

#[cfg(any(feature = "client", feature = "server"))]
#[test]
fn methods() {
    let (settings, _) = resolved(|builder| builder.known_http_methods(["CODE"]));
    assert_eq!(settings.known_methods, Some(vec!["CODE".to_owned()]));
}

#[test]
fn a_malformed_variable_that_the_code_overrides_produces_no_warning() {
    let wrong = |name: &str| {
        let is_one =
            ["ENDPOINT", "TIMEOUT", "SAMPLER", "SAMPLER_ARG"].iter().any(|ending| name.ends_with(ending));
        match name {
            "OTEL_TRACES_SAMPLER" => Some("traceidratio".to_owned()),
            _ => is_one.then(|| "wrong".to_owned()),
        }
    };
    let warnings = |change: fn(Builder) -> Builder| {
        let mut builder = change(builder().environment(wrong));
        let mut names: Vec<_> =
            resolve(&mut builder).0.warnings.into_iter().map(|warning| warning.variable).collect();
        names.sort();
        names
    };
    let all = [
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_TRACES_SAMPLER_ARG",
    ];
    assert_eq!(warnings(|builder| builder), all);
    let change = |builder: Builder| {
        let builder = builder.sampler(opentelemetry_sdk::trace::Sampler::AlwaysOn);
        builder.otlp_timeout(Duration::from_secs(1)).otlp_endpoint("http://code:1")
    };
    assert_eq!(warnings(change), ["OTEL_BSP_EXPORT_TIMEOUT"]);
}

#[test]
fn a_malformed_address_in_the_code_produces_a_warning() {
    let mut builder = builder().environment(|_| None).otlp_endpoint("collector:4317");
    let (settings, _) = resolve(&mut builder);
    assert_eq!(settings.exporters(), [TracesExporter::Otlp]);
    let [warning] = settings.warnings.as_slice() else { panic!("{:?}", settings.warnings) };
    assert!(warning.text.ends_with("using http://localhost:4317"), "{}", warning.text);
}

#[test]
fn each_method_of_the_table_is_tested() {
    let elsewhere = ["resource", "otlp_protocol", "exception_signal", "known_http_methods"];
    for (variable, _) in variables() {
        for method in variable.methods() {
            assert!(NAMES.contains(method) || elsewhere.contains(method), "{method}");
        }
    }
}
