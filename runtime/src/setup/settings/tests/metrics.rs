use super::*;

const ASKED: (&str, &str) = ("OTEL_METRICS_EXPORTER", "OTLP");

#[test]
fn only_if_they_are_asked_for() {
    let metrics = |variables: &[(&str, &str)]| {
        let metrics = read_from(variables).metrics;
        metrics.map(|setting| format!("{} {}", setting.url(Signal::Metrics), setting.is_over_http))
    };
    assert_eq!(metrics(&[]), None);
    assert_eq!(metrics(&[("OTEL_METRICS_EXPORTER", "none")]), None);
    assert_eq!(metrics(&[ASKED]).as_deref(), Some("http://localhost:4317/ false"));
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/");
    assert_eq!(metrics(&[ASKED, general]).as_deref(), Some("http://c:1/ false"));
    let over_http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    assert_eq!(metrics(&[ASKED, general, over_http]).as_deref(), Some("http://c:1/v1/metrics true"));
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m:2/x");
    let own_protocol = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc");
    assert_eq!(metrics(&[ASKED, general, over_http, own]).as_deref(), Some("http://m:2/x true"));
    assert_eq!(metrics(&[ASKED, own, over_http, own_protocol]).as_deref(), Some("http://m:2/x false"));
    let scheme_less = ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:1");
    let insecure = ("OTEL_EXPORTER_OTLP_METRICS_INSECURE", "true");
    assert_eq!(metrics(&[ASKED, scheme_less, insecure]).as_deref(), Some("http://c:1/ false"));
    let pigeon = read_from(&[ASKED, ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "pigeon")]);
    assert_eq!(pigeon.warnings.len(), 1);
    warns("OTEL_METRICS_EXPORTER", "prometheus", "using none");
    assert!(read_from(&[("OTEL_METRICS_EXPORTER", "prometheus")]).metrics.is_none());
}

#[test]
fn override_the_general_ones() {
    for (ending, general, own) in [
        ("HEADERS", "a=1", "b=2"),
        ("TIMEOUT", "7", "9"),
        ("COMPRESSION", "gzip", "none"),
        ("CERTIFICATE", "/a", "/b"),
        ("CLIENT_CERTIFICATE", "/a", "/b"),
        ("CLIENT_KEY", "/a", "/b"),
    ] {
        let values = |variables: &[(&str, &str)]| {
            let setting = read_from(variables).metrics.expect("metrics");
            let certificates =
                [setting.certificates.roots, setting.certificates.client, setting.certificates.key];
            let paths = certificates.map(|file| file.map(|file| file.path));
            (setting.headers, setting.timeout, setting.compression, paths)
        };
        let general = (format!("OTEL_EXPORTER_OTLP_{ending}"), general);
        let own = (format!("OTEL_EXPORTER_OTLP_METRICS_{ending}"), own);
        let (general, own) = ((general.0.as_str(), general.1), (own.0.as_str(), own.1));
        let (by_general, by_own) = (values(&[ASKED, general]), values(&[ASKED, own]));
        assert_ne!(by_general, values(&[ASKED]), "{ending}");
        assert_ne!(by_general, by_own, "{ending}");
        assert_eq!(values(&[ASKED, general, own]), by_own, "{ending}");
    }
}

/// Two signals read the variable.
#[test]
fn a_malformed_general_value_produces_one_warning() {
    let settings = read_from(&[
        ASKED,
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "rar"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "pigeon"),
    ]);
    assert_eq!(settings.warnings.len(), 4, "{:?}", settings.warnings);
}
