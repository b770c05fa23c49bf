use super::*;
use TracesExporter::{Console, Otlp, OtlpStdout};

#[test]
fn lists_of_exporters() {
    const NAME: &str = "OTEL_TRACES_EXPORTER";
    let exporters = |value: &str| read_from(&[(NAME, value)]).exporters();
    assert_eq!(exporters(""), [Console]);
    assert_eq!(exporters("OTLP"), [Otlp]);
    assert_eq!(exporters("console, otlp,console,"), [Console, Otlp]);
    assert_eq!(exporters("otlp/stdout"), [OtlpStdout]);
    assert_eq!(exporters("logging"), [Console]);
    assert_eq!(exporters("none"), []);
    assert_eq!(exporters("otlp,none"), []);
    warns(NAME, "otlp,none", "lists `none` with others; using none");
    // Without a list, the endpoint decides.
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    assert_eq!(read_from(&[endpoint]).exporters(), [Otlp]);
    assert_eq!(read_from(&[endpoint, (NAME, "console")]).exporters(), [Console]);
    // The warning says how to reach backends that no longer have an exporter.
    warns(NAME, "jaeger", "OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT");
    warns(NAME, "zipkin", "OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT");
    warns(NAME, "carrier-pigeon", "is not one of otlp, console, otlp/stdout, none");
    assert_eq!(exporters("zipkin,console"), [Console]);
    assert_eq!(exporters("zipkin"), [Console]);
}
