use super::*;
use crate::export::Compression;

/// Where spans go.
fn address(variables: &[(&str, &str)]) -> String {
    read_from(variables).otlp.url(Signal::Traces).to_string()
}

#[test]
fn endpoints() {
    assert_eq!(address(&[]), "http://localhost:4317/");
    let (general, whole) = for_traces_first("ENDPOINT", ("http://all:1", "http://traces:2"), address);
    assert_eq!((general.as_str(), whole.as_str()), ("http://all:1/", "http://traces:2/"));
    #[cfg(feature = "otlp-http")]
    {
        let over_http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        let general = |value| address(&[over_http, ("OTEL_EXPORTER_OTLP_ENDPOINT", value)]);
        assert_eq!(address(&[over_http]), "http://localhost:4318/v1/traces");
        assert_eq!(general("http://all:1"), "http://all:1/v1/traces");
        assert_eq!(general("http://all:1/otlp/"), "http://all:1/otlp/v1/traces");
        // The address for traces is used as it is.
        let whole = address(&[over_http, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:2/mine")]);
        assert_eq!(whole, "http://traces:2/mine");
        assert_eq!(general("ftp://all"), "http://localhost:4318/v1/traces");
    }
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
        for value in ["localhost:4317", "ftp://collector", "::::"] {
            warns(name, value, "using http://localhost:4317");
            assert_eq!(address(&[(name, value)]), "http://localhost:4317/");
        }
    }
}

#[test]
fn addresses_without_a_scheme() {
    let at = |insecure: &str| {
        address(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"), ("OTEL_EXPORTER_OTLP_INSECURE", insecure)])
    };
    assert_eq!(at("true"), "http://c:4317/");
    #[cfg(feature = "tls")]
    assert_eq!(at("false"), "https://c:4317/");
    assert_eq!(at(""), "http://localhost:4317/", "malformed");
    // An address with a scheme keeps it.
    let general = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
    let for_traces = ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true");
    assert_eq!(address(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1"), general]), "http://c:1/");
    assert_eq!(address(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:1"), for_traces]), "http://c:1/");
}

#[test]
fn protocols() {
    let protocol = |variables: &[(&str, &str)]| format!("{:?}", read_from(variables).otlp.protocol());
    assert_eq!(protocol(&[]), "Grpc");
    #[cfg(feature = "otlp-http")]
    for_traces_first("PROTOCOL", ("grpc", "HTTP/protobuf"), protocol);
    // What replaces JSON.
    let instead = if cfg!(feature = "otlp-http") { "http/protobuf" } else { "grpc" };
    warns("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", instead);
    warns("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon", "grpc");
    warns("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "carrier-pigeon", "grpc");
}

#[test]
fn a_proxy_that_grpc_ignores() {
    let warnings = |variables: &[(&str, &str)]| -> Vec<String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut settings = read_from(variables);
        crate::setup::settings::otlp::warn_of_ignored_proxy(&mut settings, &lookup);
        settings.warnings.into_iter().map(|warning| warning.text).collect()
    };
    let at = |address: &'static str| ("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    let proxy = ("http_proxy", "http://user:s3cret@proxy:3128");
    let found = warnings(&[at("http://collector.example:4317"), proxy]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("http_proxy is set, but OTLP/gRPC connects to collector.example directly"));
    assert!(!found[0].contains("s3cret"));
    for address in ["http://localhost:4317", "http://127.0.0.1:4317", "http://[::1]:4317"] {
        assert!(warnings(&[at(address), proxy]).is_empty(), "{address}");
    }
    let elsewhere = at("http://collector.example:4317");
    assert!(warnings(&[proxy]).is_empty(), "no endpoint");
    assert!(warnings(&[elsewhere, ("HTTPS_PROXY", "http://proxy")]).is_empty(), "of the other scheme");
    for direct in ["*", "example", ".example", "a, collector.example"] {
        assert!(warnings(&[elsewhere, proxy, ("NO_PROXY", direct)]).is_empty(), "{direct}");
    }
    assert_eq!(warnings(&[elsewhere, proxy, ("no_proxy", "ample")]).len(), 1);
    #[cfg(feature = "otlp-http")]
    assert!(warnings(&[elsewhere, proxy, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]).is_empty());
    #[cfg(feature = "tls")]
    assert_eq!(warnings(&[at("https://collector.example"), ("HTTPS_PROXY", "http://proxy")]).len(), 1);
}

#[test]
fn timeouts() {
    let timeout = |variables: &[(&str, &str)]| read_from(variables).otlp.timeout;
    let both = for_traces_first("TIMEOUT", ("7", "9"), timeout);
    assert_eq!(both, (Duration::from_millis(7), Duration::from_millis(9)));
    assert_eq!(timeout(&[]), Duration::from_secs(10));
    assert_eq!(timeout(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]), MAX_DURATION);
    assert_eq!(timeout(&[("OTEL_EXPORTER_OTLP_TIMEOUT", &u64::MAX.to_string())]), MAX_DURATION);
    warns("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "10000");
}

#[test]
fn compressions() {
    let compression = |variables: &[(&str, &str)]| read_from(variables).otlp.compression;
    let both = for_traces_first("COMPRESSION", ("none", "GZIP"), compression);
    assert_eq!(both, (None, Some(Compression::Gzip)));
    #[cfg(feature = "zstd")]
    assert_eq!(compression(&[("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")]), Some(Compression::Zstd));
    #[cfg(not(feature = "zstd"))]
    warns("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "feature `zstd`");
    warns("OTEL_EXPORTER_OTLP_COMPRESSION", "rar", "none");
}

#[test]
fn certificates() {
    for (ending, at) in [("CERTIFICATE", 0), ("CLIENT_CERTIFICATE", 1), ("CLIENT_KEY", 2)] {
        let files = |variables: &[(&str, &str)]| {
            let setting = read_from(variables).otlp.certificates;
            let files = [setting.roots, setting.client, setting.key];
            let named = files.into_iter().enumerate().filter_map(|(index, file)| Some((index, file?)));
            named.map(|(index, file)| (index, file.path, file.variable)).collect::<Vec<_>>()
        };
        let (general, for_traces) = for_traces_first(ending, ("/all.pem", "/traces.pem"), files);
        let name = |signal| format!("OTEL_EXPORTER_OTLP_{signal}{ending}");
        assert_eq!(general, [(at, "/all.pem".into(), name(""))]);
        assert_eq!(for_traces, [(at, "/traces.pem".into(), name("TRACES_"))]);
    }
}

#[test]
fn headers() {
    let headers = |variables: &[(&str, &str)]| {
        let headers = read_from(variables).otlp.headers;
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        headers.collect::<Vec<_>>()
    };
    let pair = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    let both = for_traces_first("HEADERS", ("Api-Key=s3cret,b=%20x%2C", "b=c=d,"), headers);
    assert_eq!(both, (vec![pair("api-key", b"s3cret"), pair("b", b" x,")], vec![pair("b", b"c=d")]));
    let broken = [("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret,b roken=s3cret,=s3cret,s3cret")];
    assert_eq!(headers(&broken), [pair("api-key", b"s3cret")]);
    // One warning, without the values, which may be keys.
    let settings = read_from(&broken);
    assert_eq!(settings.warnings.len(), 1);
    assert!(texts(&settings)[0].starts_with("OTEL_EXPORTER_OTLP_HEADERS (value not shown)"));
    assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
}

#[test]
fn credentials_in_an_address_are_never_shown() {
    for address in [
        "gopher://user:s3cret@collector",
        "user:s3cret@http://host",
        "ftp://host/?api_key=s3cret",
        "http://user:s3cret@host:4317",
    ] {
        let settings = read_from(&[("OTEL_EXPORTER_OTLP_ENDPOINT", address)]);
        assert_eq!(settings.warnings.len(), 1, "{address}");
        assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
    }
}
