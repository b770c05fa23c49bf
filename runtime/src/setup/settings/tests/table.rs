//! The table in `docs/configuration.md` is generated from the rows of the variables.
//! `UPDATE_SNAPSHOTS=1 cargo test -p spanwise --lib settings::tests::table` writes it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use super::super::topics::{read_all, variables};
use super::super::values::Signal;
use super::super::variable::Variable;

const BEGIN: &str = "<!-- generated from the variables: begin -->\n";
const END: &str = "<!-- generated: end -->\n";

/// Every variable once, with all its names: the general one first.
fn rows() -> Vec<(&'static Variable, Vec<String>)> {
    let mut seen = HashSet::new();
    let distinct = variables().map(|(variable, _)| variable).filter(|variable| seen.insert(variable.name));
    let with_names = distinct.map(|variable| {
        let of_signals = variable.signals.iter().map(|signal| variable.name_for(Some(*signal)));
        (variable, std::iter::once(variable.name.to_owned()).chain(of_signals).collect())
    });
    with_names.collect()
}

fn table() -> String {
    let code =
        |names: Vec<String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut table = "| variable | in the code | default and other values | used by | tested by |\n|---|---|---|---|---|\n".to_owned();
    for (variable, names) in rows() {
        let row = &variable.row;
        let (names, in_code, tests) = (code(names), code(owned(row.in_code)), code(owned(row.tests)));
        table.push_str(&format!("| {names} | {in_code} | {} | {} | {tests} |\n", row.default, row.used_by));
    }
    table
}

#[test]
fn the_documentation_has_the_table() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = std::fs::read_to_string(&path).expect("the page").replace("\r\n", "\n");
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (old, after) = rest.split_once(END).expect("where the table ends");
    let new = table();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{new}{END}{after}")).expect("the page is written");
    } else {
        assert!(old == new, "UPDATE_SNAPSHOTS=1 replaces the table in docs/configuration.md by:\n{new}");
    }
}

#[test]
fn each_row_is_complete() {
    for (variable, _) in rows() {
        let row = &variable.row;
        let is_complete =
            [row.default, row.used_by].iter().all(|text| !text.is_empty() && !text.contains('|'));
        assert!(is_complete && !row.tests.is_empty(), "{}", variable.name);
    }
}

/// A variable is read if a reader looks up its name.
#[test]
fn each_variable_that_is_read_has_its_row_and_each_row_is_read() {
    let looked_up = RefCell::new(BTreeSet::new());
    // What is read depends on what is set.
    for set in [
        &[][..],
        &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_TRACES_SAMPLER", "traceidratio")],
        &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")],
    ] {
        let set: Vec<(&str, &str)> = set.to_vec();
        let lookup = |name: &str| {
            looked_up.borrow_mut().insert(name.to_owned());
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        read_with(&lookup);
    }
    let mut looked_up = looked_up.into_inner();
    if cfg!(not(any(feature = "client", feature = "server"))) {
        looked_up.insert("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS".to_owned());
    }
    let rows: BTreeSet<_> = rows().into_iter().flat_map(|(_, names)| names).collect();
    assert_eq!(looked_up, rows);
}

fn read_with(lookup: &dyn Fn(&str) -> Option<String>) {
    let _ = read_all(lookup);
}

#[test]
fn each_row_has_its_tests() {
    let files = [
        ("exporters", include_str!("exporters.rs")),
        ("general", include_str!("general.rs")),
        ("metrics", include_str!("metrics.rs")),
        ("otlp", include_str!("otlp.rs")),
        ("recording", include_str!("recording.rs")),
    ];
    for (variable, _) in rows() {
        let is_for_metrics = |test: &&str| test.starts_with("metrics::");
        let has_metrics = variable.signals.contains(&Signal::Metrics);
        assert!(!has_metrics || variable.row.tests.iter().any(is_for_metrics), "{}", variable.name);
        // Several variables share a loop over what differs in their names.
        let ending = variable.name.strip_prefix("OTEL_EXPORTER_OTLP_").unwrap_or(variable.name);
        for test in variable.row.tests {
            let (file, name) = test.split_once("::").expect("a file and a function");
            let text = files.iter().find(|(known, _)| *known == file).expect("a file").1;
            let at =
                text.find(&format!("#[test]\nfn {name}()")).unwrap_or_else(|| panic!("{test} is not a test"));
            let body = text[at..].split("\n}\n").next().expect("a body");
            assert!(body.contains(ending), "{} is not in {test}", variable.name);
        }
    }
}
