//! Each variable has a test here, which its row names.

mod exporters;
mod general;
mod metrics;
mod otlp;
mod recording;
mod table;

use std::time::Duration;

use super::values::{MAX_DURATION, PipelineSettings, Signal};
use crate::setup::builder::builder;
use crate::setup::plan::resolve;
use crate::setup::traces_exporter::TracesExporter;

/// The settings that these variables make.
fn read_from(variables: &[(&str, &str)]) -> PipelineSettings {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let variables: Vec<_> = variables.iter().map(pair).collect();
    let lookup =
        move |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    resolve(&mut builder().environment(lookup)).0
}

fn texts(settings: &PipelineSettings) -> Vec<&str> {
    settings.warnings.iter().map(|warning| warning.text.as_str()).collect()
}

/// A malformed value produces one warning, which names it and what is used instead.
fn warns(name: &str, value: &str, instead: &str) {
    let settings = read_from(&[(name, value)]);
    let [warning] = settings.warnings.as_slice() else { panic!("{name}={value}: {:?}", settings.warnings) };
    assert_eq!(warning.variable, name);
    let text = &warning.text;
    assert!(text.contains(name) && text.contains(value) && text.contains(instead), "{text}");
}

/// The value of the general variable, and of that for traces, which overrides it.
fn for_traces_first<T: PartialEq + std::fmt::Debug>(
    ending: &str,
    (general, for_traces): (&str, &str),
    value: impl Fn(&[(&str, &str)]) -> T,
) -> (T, T) {
    let names = (format!("OTEL_EXPORTER_OTLP_{ending}"), format!("OTEL_EXPORTER_OTLP_TRACES_{ending}"));
    let by_general = value(&[(&names.0, general)]);
    let by_traces = value(&[(&names.1, for_traces)]);
    assert_eq!(value(&[(&names.0, general), (&names.1, for_traces)]), by_traces);
    assert_eq!(value(&[(&names.0, general), (&names.1, "")]), by_general, "empty is unset");
    assert_ne!(by_general, by_traces);
    (by_general, by_traces)
}

#[test]
fn an_empty_environment_is_the_defaults() {
    let settings = read_from(&[]);
    assert!(!settings.is_disabled);
    assert_eq!(settings.service_name, None);
    assert_eq!(settings.exporters(), [TracesExporter::Console]);
    assert_eq!(settings.otlp.timeout, Duration::from_secs(10));
    assert_eq!((settings.queue.max_queue_size, settings.queue.batch_size()), (65_536, 2_048));
    assert!(settings.sampling.follows_parent);
    assert_eq!(settings.warnings, []);
}
