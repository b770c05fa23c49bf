//! Which exporters run.

use super::reader::Reader;
use super::variable::{Documentation, Read, Variable};
use crate::setup::builder::Builder;
use crate::setup::traces_exporter::{TracesExporter, names};

pub(super) static VARIABLES: &[&Variable] = &[&EXPORTER];

pub(in crate::setup) static EXPORTER: Variable = Variable {
    show: Some(|all| {
        if all.has_custom_exporter {
            return Some("the one in the code".to_owned());
        }
        let labels: Vec<_> = all.settings.exporters().iter().map(TracesExporter::label).collect();
        Some(if labels.is_empty() { "none".to_owned() } else { labels.join(",") })
    }),
    source: Some(|all| {
        if all.has_custom_exporter {
            return Some("in the code".to_owned());
        }
        if all.settings.exporters.is_some() || all.value(&EXPORTER).is_some() {
            return None;
        }
        let reason = if all.settings.otlp.endpoint.is_some() { "an" } else { "no" };
        Some(format!("default, since {reason} endpoint is set"))
    }),
    ..Variable::new(
        "OTEL_TRACES_EXPORTER",
        Read::Once(|reader, settings| settings.exporters = read(reader)),
        Documentation {
            in_code: &["exporters"],
            default: "`otlp` if an endpoint is set, else `console`; also `otlp/stdout`, `none`, and a list of them",
            used_by: "the exporter's thread",
            tests: &["exporters::lists_of_exporters"],
        },
    )
};

/// `None` if the list names no exporter; an empty list if nothing is exported.
fn read(reader: &mut Reader<'_>) -> Option<Vec<TracesExporter>> {
    let (mut exporters, mut is_none) = (Vec::new(), false);
    let listed = reader.list()?;
    for name in &listed {
        match name.to_ascii_lowercase().as_str() {
            "none" => is_none = true,
            lowercase => match TracesExporter::from_name(lowercase) {
                Some(exporter) if exporters.contains(&exporter) => {}
                Some(exporter) => exporters.push(exporter),
                None => reader.warn(name, &problem_with(lowercase), "the rest of the list"),
            },
        }
    }
    if is_none && !exporters.is_empty() {
        reader.warn(&listed.join(","), "lists `none` with others", "none");
    }
    if is_none {
        return Some(Vec::new());
    }
    (!exporters.is_empty()).then_some(exporters)
}

/// What is wrong with a name, and how to reach the backend that it stands for.
fn problem_with(name: &str) -> String {
    match name {
        "jaeger" => "is no longer an exporter: Jaeger accepts OTLP; set OTEL_TRACES_EXPORTER=otlp and \
                     OTEL_EXPORTER_OTLP_ENDPOINT=http://<jaeger>:4317"
            .to_owned(),
        "zipkin" => {
            "is not supported: an OpenTelemetry Collector with the exporter `zipkin` translates; set \
                     OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT=http://<collector>:4317"
                .to_owned()
        }
        "prometheus" => "is an exporter for metrics".to_owned(),
        _ => format!("is not one of {}, none", names().collect::<Vec<_>>().join(", ")),
    }
}

impl Builder {
    /// Sets where spans go. Overrides `OTEL_TRACES_EXPORTER`. An empty list exports nothing; an exporter that is listed twice
    /// runs once.
    ///
    /// The [`Report`](crate::setup::Report) counts the spans of the collector if there is one, else those of the first exporter.
    ///
    /// ```
    /// use spanwise::setup::TracesExporter;
    ///
    /// let builder = spanwise::builder().exporters([TracesExporter::Otlp, TracesExporter::OtlpFile("spans.jsonl".into())]);
    /// ```
    pub fn exporters(self, exporters: impl IntoIterator<Item = TracesExporter>) -> Self {
        let mut distinct = Vec::new();
        for exporter in exporters {
            if !distinct.contains(&exporter) {
                distinct.push(exporter);
            }
        }
        self.override_with(&EXPORTER, |settings| settings.exporters = Some(distinct))
    }
}
