use opentelemetry::propagation::TextMapPropagator as _;

use super::*;
use crate::diag::Verbosity;
use crate::level::Level;
#[cfg(any(feature = "logs", feature = "log"))]
use crate::logs::ExceptionSignal;

#[test]
fn disabled() {
    for (value, disabled) in [("true", true), ("TRUE", true), ("false", false), ("", false)] {
        let settings = read_from(&[("OTEL_SDK_DISABLED", value)]);
        assert_eq!((settings.is_disabled, settings.warnings.len()), (disabled, 0), "{value}");
    }
    // By the specification only `true` is true.
    for value in ["perhaps", "1", "yes"] {
        assert!(!read_from(&[("OTEL_SDK_DISABLED", value)]).is_disabled);
        warns("OTEL_SDK_DISABLED", value, "`false`");
    }
}

#[test]
fn log_levels() {
    for (value, verbosity) in [
        ("", Verbosity::Notes),
        ("none", Verbosity::Nothing),
        ("Error", Verbosity::Nothing),
        ("warn", Verbosity::Warnings),
        ("info", Verbosity::Notes),
        ("DEBUG", Verbosity::Details),
    ] {
        let settings = read_from(&[("OTEL_LOG_LEVEL", value)]);
        assert_eq!((settings.verbosity, settings.warnings.len()), (verbosity, 0), "{value}");
    }
    warns("OTEL_LOG_LEVEL", "loud", "info");
}

#[test]
fn span_levels() {
    let level = |value: &str| read_from(&[("OTEL_RUST_SPAN_LEVEL", value)]).max_level;
    assert_eq!(level(""), None);
    for expected in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
        assert_eq!(level(expected.as_str()), Some(expected));
        assert_eq!(level(&expected.as_str().to_lowercase()), Some(expected));
    }
    warns("OTEL_RUST_SPAN_LEVEL", "loud", "trace");
}

#[test]
fn service_names() {
    let name = |value: &str| read_from(&[("OTEL_SERVICE_NAME", value)]).service_name;
    assert_eq!(name(" orders "), Some("orders".to_owned()));
    assert_eq!(name(" "), None);
}

#[test]
fn resource_attributes() {
    let read = |value| read_from(&[("OTEL_RESOURCE_ATTRIBUTES", value)]);
    let settings = read("deployment.environment.name=a%2Cb, team = x ,");
    assert_eq!(
        settings.resource,
        [("deployment.environment.name".to_owned(), "a,b".to_owned()), ("team".to_owned(), "x".to_owned())]
    );
    assert_eq!(settings.warnings, []);
    assert_eq!(read("a=b=c").resource, [("a".to_owned(), "b=c".to_owned())]);
    assert_eq!(read("a=").resource, [("a".to_owned(), String::new())]);
    // By the specification a malformed list is ignored as a whole.
    let settings = read("deployment.api_key=s3cret,nonsense=s3cret=,s3cret");
    let warning = texts(&settings)[0];
    assert!(warning.contains("entry 3 is malformed") && !warning.contains("s3cret"), "{warning}");
    for broken in ["a=b,nonsense", "=x", "a=%ff", "a=%ZZ", "a=1,b=50%", "%4=x", "a=%2"] {
        let settings = read(broken);
        assert!(settings.resource.is_empty(), "{broken}");
        assert!(texts(&settings)[0].ends_with("using none of its attributes"), "{:?}", settings.warnings);
    }
}

#[test]
fn propagators() {
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
    assert_eq!(fields("b3,none"), (String::new(), 1));
    warns("OTEL_PROPAGATORS", "b3,none", "lists `none` with others; using none");
    assert_eq!(fields("xray,b3"), ("b3".to_owned(), 1));
    assert_eq!(fields("xray"), (default.0, 1));
    warns("OTEL_PROPAGATORS", "ottrace", "using the rest of the list");
    warns("OTEL_PROPAGATORS", "pigeon", "tracecontext, baggage, b3");
}

#[test]
fn exception_signals() {
    const NAME: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
    #[cfg(any(feature = "logs", feature = "log"))]
    for (value, signal) in [
        ("", None),
        ("logs", Some(ExceptionSignal::Logs)),
        (" logs/dup ", Some(ExceptionSignal::Both)),
        ("spans", None),
    ] {
        assert_eq!(read_from(&[(NAME, value)]).exception_signal, signal, "{value}");
    }
    warns(NAME, "spans", "using span events");
}

#[test]
fn unsupported_variables() {
    for name in ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"] {
        warns(name, "/etc/otel.yaml", "is not supported yet");
    }
    let settings = read_from(&[("OTEL_ENTITIES", "service{service.name=x}")]);
    assert_eq!(texts(&settings), ["OTEL_ENTITIES is not supported yet; using OTEL_RESOURCE_ATTRIBUTES"]);
}

#[cfg(any(feature = "client", feature = "server"))]
#[test]
fn known_methods() {
    let methods =
        |value: &str| read_from(&[("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", value)]).known_methods;
    assert_eq!(methods(""), None);
    // Case-sensitive.
    assert_eq!(methods("GET, brew ,"), Some(vec!["GET".to_owned(), "brew".to_owned()]));
}
