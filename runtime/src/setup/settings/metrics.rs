//! Whether metrics are exported. How they are sent is in [`otlp`](super::otlp), as for traces.

use super::values::{OtlpSignalSettings, PipelineSettings};
use super::variable::{Documentation, Read, Variable};

pub(super) static VARIABLES: &[&Variable] = &[&EXPORTER];

static EXPORTER: Variable = Variable {
    show: Some(|all| Some(if all.settings.metrics.is_some() { "otlp" } else { "none" }.to_owned())),
    ..Variable::new(
        "OTEL_METRICS_EXPORTER",
        Read::Once(|reader, settings| {
            let Some(value) = reader.text() else { return };
            match value.to_ascii_lowercase().as_str() {
                "otlp" => settings.metrics = Some(OtlpSignalSettings::default()),
                "none" => {}
                _ => reader.warn(&value, "is not one of otlp, none", "none"),
            }
        }),
        Documentation {
            in_code: &[],
            default: "`none`, where the specification has `otlp`; also `otlp`, with the feature `metrics`",
            used_by: "metrics",
            tests: &["metrics::only_if_they_are_asked_for"],
        },
    )
};

/// Warns that metrics are asked for in a build that cannot export them.
pub(in crate::setup) fn warn_missing_feature(settings: &mut PipelineSettings, feature: &str) {
    let name = EXPORTER.name;
    settings.warn(name, format!("{name}=\"otlp\" needs Spanwise's feature `{feature}`; using none"));
}
