//! Each variable has a test here: the table in `configuration.md` names it.

mod exporters;
mod general;
mod metrics;
mod otlp;
mod recording;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;

fn read_from(variables: &[(&str, &str)]) -> Settings {
    let mut settings =
        read(&|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
    settings.finish();
    settings
}

fn texts(settings: &Settings) -> Vec<&str> {
    settings.warnings.iter().map(|warning| warning.text.as_str()).collect()
}

/// A wrong value is named, with what is used instead, once.
fn is_told(name: &str, value: &str, instead: &str) {
    let settings = read_from(&[(name, value)]);
    let [warning] = settings.warnings.as_slice() else { panic!("{name}={value}: {:?}", settings.warnings) };
    assert_eq!(warning.variable, name);
    let text = &warning.text;
    assert!(text.contains(name) && text.contains(value) && text.contains(instead), "{text}");
}

/// What stands in place of each of these, a general variable, one for traces, and both.
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
    assert!(!settings.disabled);
    assert_eq!(settings.service_name, None);
    assert_eq!(settings.exporters(), [TracesExporter::Console]);
    assert_eq!(settings.otlp.timeout, Duration::from_secs(10));
    assert_eq!((settings.queue.waiting, settings.queue.most()), (65_536, 2_048));
    assert!(settings.sampling.follows_parent);
    assert_eq!(settings.warnings, []);
}

/// Of the whole table: variables, the test, and its columns.
fn rows() -> Vec<(Vec<&'static str>, &'static str)> {
    let table = include_str!("../../../../docs/configuration.md");
    let rows = table.lines().filter(|line| line.starts_with("| `OTEL_"));
    let rows = rows.map(|line| {
        let columns: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [variables, _, default, read_by, tested_by] = columns.as_slice() else { panic!("{line}") };
        assert!(!default.is_empty() && !read_by.is_empty(), "{line}");
        let variables = variables.split(", ").map(|name| name.trim_matches('`')).collect();
        (variables, tested_by.trim_matches('`'))
    });
    rows.collect()
}

#[test]
fn each_variable_that_is_read_has_its_row_and_each_row_is_read() {
    // What is asked for depends on what else is set.
    let asked = RefCell::new(BTreeSet::new());
    for set in [
        &[][..],
        &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_TRACES_SAMPLER", "traceidratio")],
        &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")],
    ] {
        read(&|name| {
            asked.borrow_mut().insert(name.to_owned());
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
    }
    let in_the_table: BTreeSet<_> =
        rows().into_iter().flat_map(|(variables, _)| variables).map(ToOwned::to_owned).collect();
    let mut asked = asked.into_inner();
    if cfg!(not(any(feature = "client", feature = "server"))) {
        asked.insert("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS".to_owned());
    }
    assert_eq!(asked, in_the_table);
}

#[test]
fn each_row_has_its_test() {
    let files = [
        ("exporters", include_str!("exporters.rs")),
        ("general", include_str!("general.rs")),
        ("metrics", include_str!("metrics.rs")),
        ("otlp", include_str!("otlp.rs")),
        ("recording", include_str!("recording.rs")),
    ];
    for (variables, test) in rows() {
        let (file, name) = test.split_once("::").expect("a file and a name");
        let text = files.iter().find(|(known, _)| *known == file).expect("a file").1;
        let at = text.find(&format!("#[test]\nfn {name}()")).unwrap_or_else(|| panic!("{test} is no test"));
        let body = text[at..].split("\n}\n").next().expect("a body");
        for variable in variables {
            // One for traces, and one of several that share a loop, stand there by what is different in their names.
            let ending = variable.rsplit("TRACES_").next().expect("one");
            let ending = ending.strip_prefix("OTEL_EXPORTER_OTLP_").unwrap_or(ending);
            let ending = ending.strip_prefix("METRICS_").unwrap_or(ending);
            assert!(body.contains(ending), "{variable} does not occur in {test}");
        }
    }
}
