//! Which exporters: a list of names.

use std::path::PathBuf;

use super::Reader;

/// Where spans go, as `OTEL_TRACES_EXPORTER` names it; to be given to [`Builder::exporters`](crate::Builder::exporters).
///
/// [Exporter selection](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exporter-selection)
/// in the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TracesExporter {
    /// A collector, by OTLP: `otlp`.
    Otlp,
    /// The terminal, as waterfalls on standard error: `console`.
    Console,
    /// Standard output, as lines of OTLP's JSON: `otlp/stdout`.
    OtlpStdout,
    /// A file, as lines of OTLP's JSON, which are appended to it. It is made with mode 0600 where it is missing, and not
    /// rotated; one that is truncated meanwhile is written to from its start again.
    OtlpFile(PathBuf),
}

impl Reader<'_> {
    /// `None` where nothing is said; an empty list where nothing is to be exported.
    pub(super) fn exporters(&mut self) -> Option<Vec<TracesExporter>> {
        const NAME: &str = "OTEL_TRACES_EXPORTER";
        let (mut exporters, mut is_none) = (Vec::new(), false);
        let names = self.list(NAME)?;
        for name in &names {
            let exporter = match name.to_ascii_lowercase().as_str() {
                "otlp" => TracesExporter::Otlp,
                "console" | "logging" => TracesExporter::Console,
                "otlp/stdout" => TracesExporter::OtlpStdout,
                "none" => {
                    is_none = true;
                    continue;
                }
                other => {
                    self.warn(NAME, name, instead_of(other), "what else is said");
                    continue;
                }
            };
            if !exporters.contains(&exporter) {
                exporters.push(exporter);
            }
        }
        if is_none && !exporters.is_empty() {
            self.warn(NAME, &names.join(","), "has `none` beside others", "none");
        }
        (is_none || !exporters.is_empty()).then_some(if is_none { Vec::new() } else { exporters })
    }
}

/// What is wrong with a name, and how to reach what its author wants to reach.
fn instead_of(name: &str) -> &'static str {
    match name {
        "jaeger" => {
            "is no exporter any more: Jaeger takes OTLP itself; set OTEL_TRACES_EXPORTER=otlp and \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://<jaeger>:4317"
        }
        "zipkin" => {
            "is not spoken: an OpenTelemetry Collector with the exporter `zipkin` translates; set \
             OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT=http://<collector>:4317"
        }
        "prometheus" => "is an exporter for metrics",
        _ => "is none of otlp, console, otlp/stdout, none",
    }
}
