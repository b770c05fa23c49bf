//! A type name has one definition, so that a search for it finds one thing.

use std::collections::BTreeMap;

use crate::modules::{macros, runtimes};

/// Twins: they stand in for other definitions, under the same names, where a feature is off.
///
/// Definitions in one file are twins, too: one of them is compiled.
const TWINS: &[&str] = &["runtime/src/noop"];

/// A file that is a twin of its neighbor.
const TWIN: &str = "disabled.rs";

/// Names that have several definitions, and why.
const ALLOWED: &[(&str, &str)] = &[];

#[test]
fn a_type_name_has_one_definition() {
    let mut places: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for module in runtimes().iter().chain(macros()).flat_map(|(_, read)| &read.modules) {
        let file = &*module.file;
        let is_in = |place: &&str| {
            file.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if TWINS.iter().any(is_in) || file.ends_with(TWIN) {
            continue;
        }
        for (name, definition) in &module.contents.types {
            places.entry(name).or_default().insert(file, definition.line);
        }
    }
    places.retain(|_, files| files.len() > 1);
    println!("{} type names have several definitions:", places.len());
    let mut failures = Vec::new();
    for (name, places) in &places {
        let reason = ALLOWED.iter().find(|(allowed, _)| allowed == name).map(|(_, reason)| *reason);
        let places: Vec<_> = places.iter().map(|(file, line)| format!("{file}:{line}")).collect();
        let text = format!("{name}: {}", places.join(", "));
        println!("  {text} ({})", reason.unwrap_or("new"));
        if reason.is_none() {
            failures.push(text);
        }
    }
    assert!(failures.is_empty(), "names with several definitions:\n{}", failures.join("\n"));
    for (name, reason) in ALLOWED {
        assert!(
            places.contains_key(name),
            "`{name}` has one definition now ({reason}): take it off the list"
        );
    }
}
