//! What the code says comes before what a variable says, for each of them.

use std::time::Duration;

use super::*;
use crate::diag::Verbosity;
use crate::export::{Compression, Protocol};
use crate::level::Level;
use crate::propagation::Propagator;
use crate::setup::env::{LONGEST, TracesExporter};

/// The settings of a builder, where the environment says everything otherwise, and what is wrong with them.
fn settled(change: impl FnOnce(Builder) -> Builder) -> (Settings, Vec<String>) {
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
    let (settings, said) = builder.settle();
    let said = said.into_iter().map(ToOwned::to_owned).collect();
    (settings, said)
}

/// Each method, what it changes, and in place of which variables.
macro_rules! each {
    ($($method:ident($($argument:expr),*) as $variable:literal: $look:expr => $expected:expr;)*) => {
        const NAMES: &[&str] = &[$(stringify!($method)),*];

        #[test]
        fn what_the_code_says_comes_before_the_variable() {
            $(
                let look: fn(&Settings) -> _ = $look;
                let (before, _) = settled(|builder| builder);
                let (after, said) = settled(|builder| builder.$method($($argument),*));
                assert_ne!(look(&before), $expected, "the variable is read: {}", stringify!($method));
                assert_eq!(look(&after), $expected, "{}", stringify!($method));
                assert!(said.iter().any(|said| said == $variable), "{said:?}");
            )*
        }
    };
}

each! {
    disabled(false) as "OTEL_SDK_DISABLED": |all| all.disabled => false;
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
    max_queue_size(5) as "OTEL_BSP_MAX_QUEUE_SIZE": |all| all.queue.waiting => 5;
    max_export_batch_size(5) as "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": |all| all.queue.batch => Some(5);
    schedule_delay(Duration::ZERO) as "OTEL_BSP_SCHEDULE_DELAY":
        |all| all.queue.delay => Some(Duration::from_millis(1));
    export_timeout(Duration::ZERO) as "OTEL_BSP_EXPORT_TIMEOUT": |all| all.queue.export_timeout => Some(LONGEST);
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

/// Of spans, and of metrics.
fn address(settings: &Settings) -> (String, String) {
    let otlp = &settings.otlp;
    let spans = otlp.endpoint.as_ref().expect("it is said").for_traces(otlp.protocol);
    (spans.to_string(), settings.metrics.as_ref().expect("they are asked for").url().to_string())
}

fn header(settings: &Settings, name: &str) -> Option<String> {
    Some(settings.otlp.headers.get(name)?.to_str().ok()?.to_owned())
}

fn files(settings: &Settings) -> (Option<PathBuf>, Option<PathBuf>, Option<PathBuf>) {
    let path = |file: &Option<env::File>| file.as_ref().map(|file| file.path.clone());
    let certificates = &settings.otlp.certificates;
    (path(&certificates.roots), path(&certificates.client), path(&certificates.key))
}

#[cfg(feature = "otlp-http")]
#[test]
fn the_protocol_decides_the_rest_of_the_address() {
    let http = |builder: Builder| builder.otlp_protocol(OtlpProtocol::HttpProtobuf);
    let (settings, _) = settled(|builder| http(builder).otlp_endpoint("http://code:1/x"));
    assert_eq!(settings.otlp.protocol, Protocol::Http);
    let expected = ("http://code:1/x/v1/traces".to_owned(), "http://code:1/x/v1/metrics".to_owned());
    assert_eq!(address(&settings), expected);
}

#[cfg(any(feature = "logs", feature = "log"))]
#[test]
fn exceptions() {
    use crate::logs::ExceptionSignal;

    let (settings, _) = settled(|builder| builder.exception_signal(ExceptionSignal::Both));
    assert_eq!(settings.exception_signal, Some(ExceptionSignal::Both));
}

#[cfg(any(feature = "client", feature = "server"))]
#[test]
fn methods() {
    let (settings, _) = settled(|builder| builder.known_http_methods(["CODE"]));
    assert_eq!(settings.known_methods, Some(vec!["CODE".to_owned()]));
}

/// What is wrong with a variable is not told where the code says something else.
#[test]
fn wrong_variables_that_do_not_matter_are_not_told() {
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
            builder.settle().0.warnings.into_iter().map(|warning| warning.variable).collect();
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

/// A wrong address in the code is answered as a wrong one in a variable is.
#[test]
fn a_wrong_address_in_the_code_is_told_with_what_is_used_instead() {
    let mut builder = builder().environment(|_| None).otlp_endpoint("collector:4317");
    let (settings, _) = builder.settle();
    assert_eq!(settings.exporters(), [TracesExporter::Otlp]);
    let [warning] = settings.warnings.as_slice() else { panic!("{:?}", settings.warnings) };
    assert!(warning.text.ends_with("http://localhost:4317 is used instead"), "{}", warning.text);
}

/// Each that the table names is here.
#[test]
fn each_method_of_the_table_is_tested() {
    let table =
        include_str!("../../../docs/configuration.md").lines().filter(|line| line.starts_with("| `OTEL_"));
    for line in table {
        let column = line.split('|').nth(2).expect("a column").trim();
        for method in column.split(", ").map(|name| name.trim_matches('`')).filter(|name| !name.is_empty()) {
            let elsewhere = ["resource", "otlp_protocol", "exception_signal", "known_http_methods"];
            assert!(NAMES.contains(&method) || elsewhere.contains(&method), "{method}");
        }
    }
}
