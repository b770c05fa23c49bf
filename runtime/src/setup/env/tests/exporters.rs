use super::*;
use TracesExporter::{Console, Otlp, OtlpStdout};

#[test]
fn a_list_of_exporters() {
    const NAME: &str = "OTEL_TRACES_EXPORTER";
    let exporters = |value: &str| read_from(&[(NAME, value)]).exporters();
    assert_eq!(exporters(""), [Console]);
    assert_eq!(exporters("OTLP"), [Otlp]);
    assert_eq!(exporters("console, otlp,console,"), [Console, Otlp]);
    assert_eq!(exporters("otlp/stdout"), [OtlpStdout]);
    assert_eq!(exporters("logging"), [Console]);
    assert_eq!(exporters("none"), []);
    assert_eq!(exporters("otlp,none"), []);
    is_told(NAME, "otlp,none", "has `none` beside others; none is used instead");
    // An endpoint chooses, where nothing else does.
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    assert_eq!(read_from(&[endpoint]).exporters(), [Otlp]);
    assert_eq!(read_from(&[endpoint, (NAME, "console")]).exporters(), [Console]);
    // How the backends are reached that have no exporter any more.
    is_told(NAME, "jaeger", "OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT");
    is_told(NAME, "zipkin", "OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT");
    is_told(NAME, "carrier-pigeon", "none of otlp, console");
    assert_eq!(exporters("zipkin,console"), [Console]);
    assert_eq!(exporters("zipkin"), [Console]);
}
