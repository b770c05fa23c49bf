use super::*;

fn read_from(variables: &[(&str, &str)]) -> Settings {
    read(&|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn an_empty_environment_is_the_specification_s_defaults() {
    let settings = read_from(&[]);
    assert!(!settings.disabled);
    assert_eq!(settings.service_name, None);
    assert_eq!(settings.exporter, ExporterSetting::Console);
    assert_eq!(settings.otlp.endpoint.as_str(), "http://localhost:4317/");
    assert_eq!(settings.otlp.timeout, Duration::from_secs(10));
    assert_eq!((settings.queue.room.waiting, settings.queue.batch), (65_536, 2_048));
    assert!(settings.sampling.follows_parent);
    assert_eq!(settings.warnings, Vec::<String>::new());
    // Empty is unset.
    assert_eq!(
        read_from(&[("OTEL_SERVICE_NAME", " "), ("OTEL_TRACES_SAMPLER", "")]).warnings,
        Vec::<String>::new()
    );
}

#[test]
fn an_endpoint_chooses_otlp_and_the_one_for_traces_comes_first() {
    let settings = read_from(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4317"),
    ]);
    assert_eq!(settings.exporter, ExporterSetting::Otlp);
    assert_eq!(settings.otlp.endpoint.as_str(), "http://traces:4317/");
    assert_eq!(read_from(&[("OTEL_TRACES_EXPORTER", "otlp")]).exporter, ExporterSetting::Otlp);
    assert_eq!(read_from(&[("OTEL_TRACES_EXPORTER", "none")]).exporter, ExporterSetting::None);
}

#[test]
fn a_person_at_a_terminal_waits_less_unless_something_else_is_said() {
    let queue = read_from(&[]).queue;
    assert_eq!(queue.for_exporter(ExporterSetting::Console).delay, Duration::from_millis(100));
    assert_eq!(queue.for_exporter(ExporterSetting::Otlp).delay, Duration::from_secs(5));
    let queue = read_from(&[("OTEL_BSP_SCHEDULE_DELAY", "7")]).queue;
    assert_eq!(queue.for_exporter(ExporterSetting::Console).delay, Duration::from_millis(7));
}

#[test]
fn times_without_end_are_a_year() {
    let forever = u64::MAX.to_string();
    let settings =
        read_from(&[("OTEL_BSP_SCHEDULE_DELAY", &forever), ("OTEL_EXPORTER_OTLP_TIMEOUT", &forever)]);
    assert_eq!(settings.queue.delay, Some(LONGEST));
    assert_eq!(settings.otlp.timeout, LONGEST);
}

#[test]
fn resource_attributes_are_percent_decoded_and_a_broken_list_is_left_out() {
    let settings = read_from(&[("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%2Cb, team = x ")]);
    assert_eq!(
        settings.resource,
        [("deployment.environment.name".to_owned(), "a,b".to_owned()), ("team".to_owned(), "x".to_owned())]
    );
    let broken = read_from(&[("OTEL_RESOURCE_ATTRIBUTES", "a=b,nonsense")]);
    assert!(broken.resource.is_empty());
    assert_eq!(broken.warnings.len(), 1);
}

/// What is spoken in place of JSON.
const HTTP: &str = if cfg!(feature = "otlp-http") { "http/protobuf" } else { "grpc" };

/// Each wrong value is named, with what is used instead.
#[test]
fn wrong_values_are_told_and_replaced() {
    for (name, value, instead) in [
        ("OTEL_SDK_DISABLED", "perhaps", "`false`"),
        ("OTEL_LOG_LEVEL", "loud", "info"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "parentbased_always_on"),
        ("OTEL_TRACES_EXPORTER", "jaeger", "console"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector", "http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "::::", "http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon", "grpc"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", HTTP),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "rar", "none"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "10000"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1", "65536"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100000", "65536"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0", "5000"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many", "128"),
    ] {
        let warnings = read_from(&[(name, value)]).warnings;
        let [warning] = warnings.as_slice() else { panic!("{name}={value}: {warnings:?}") };
        assert!(warning.contains(name) && warning.contains(value) && warning.contains(instead), "{warning}");
    }
    for argument in ["two", "1.5", "-0.1", "NaN"] {
        let settings =
            read_from(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
        assert_eq!(settings.warnings.len(), 1, "{argument}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let settings = read_from(&[
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret,b roken=s3cret,=s3cret,s3cret"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "gopher://user:s3cret@collector"),
    ]);
    assert_eq!(settings.warnings.len(), 2);
    assert!(!settings.warnings.concat().contains("s3cret"), "{:?}", settings.warnings);
    assert_eq!(
        settings.otlp.headers.get("api-key").map(|value| value.as_bytes()),
        Some(b"s3cret".as_slice())
    );
    assert_eq!(settings.otlp.headers.len(), 1);
    assert!(!format!("{settings:?}").contains("s3cret"));
    for address in ["user:s3cret@http://host", "ftp://host/?api_key=s3cret", "http://user:s3cret@host:4317"] {
        let settings = read_from(&[("OTEL_EXPORTER_OTLP_ENDPOINT", address)]);
        assert_eq!(settings.warnings.len(), 1, "{address}");
        assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
    }
}

#[test]
fn propagators_are_a_list_of_names_of_which_unknown_ones_are_told() {
    use opentelemetry::propagation::TextMapPropagator as _;

    let fields = |value: &str| {
        let settings = read_from(&[("OTEL_PROPAGATORS", value)]);
        let fields: Vec<_> = settings.propagators.fields().map(ToOwned::to_owned).collect();
        (fields.join(" "), settings.warnings.len())
    };
    let default = ("traceparent tracestate baggage".to_owned(), 0);
    assert_eq!(fields(""), default);
    assert_eq!(fields("tracecontext,baggage"), default);
    assert_eq!(fields(" B3 , jaeger,b3,"), ("b3 uber-trace-id".to_owned(), 0));
    assert_eq!(fields("b3multi"), ("x-b3-traceid x-b3-spanid x-b3-sampled x-b3-flags".to_owned(), 0));
    assert_eq!(fields("none"), (String::new(), 0));
    assert_eq!(fields("b3,none"), (String::new(), 0));
    assert_eq!(fields("xray,b3"), ("b3".to_owned(), 1));
    assert_eq!(fields("xray"), (default.0, 1));
}

#[test]
fn metrics_are_exported_only_where_they_are_asked_for() {
    let metrics = |variables: &[(&str, &str)]| {
        let metrics = read_from(variables).metrics;
        metrics.map(|setting| format!("{} {}", setting.endpoint, setting.is_over_http))
    };
    assert_eq!(metrics(&[]), None);
    assert_eq!(metrics(&[("OTEL_METRICS_EXPORTER", "none")]), None);
    let asked = ("OTEL_METRICS_EXPORTER", "OTLP");
    assert_eq!(metrics(&[asked]).as_deref(), Some("http://localhost:4317/ false"));
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/");
    assert_eq!(metrics(&[asked, general]).as_deref(), Some("http://c:1/ false"));
    let over_http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    assert_eq!(metrics(&[asked, general, over_http]).as_deref(), Some("http://c:1/v1/metrics true"));
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m:2/x");
    let own_protocol = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc");
    assert_eq!(metrics(&[asked, general, over_http, own]).as_deref(), Some("http://m:2/x true"));
    assert_eq!(metrics(&[asked, own, over_http, own_protocol]).as_deref(), Some("http://m:2/x false"));
    let wrong = read_from(&[("OTEL_METRICS_EXPORTER", "prometheus")]);
    assert_eq!((wrong.metrics.is_none(), wrong.warnings.len()), (true, 1));
}

#[cfg(any(feature = "client", feature = "server"))]
#[test]
fn known_methods_are_a_list_in_which_capitals_count() {
    let methods =
        |value: &str| read_from(&[("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", value)]).known_methods;
    assert_eq!(methods(""), None);
    assert_eq!(methods("GET, brew ,"), Some(vec!["GET".to_owned(), "brew".to_owned()]));
}
