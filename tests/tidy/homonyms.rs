//! A type name has one definition, so that a search for it finds one thing.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{macros, runtimes};

/// Names that have several definitions, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("Asked", "the signals of Unix, of Windows, and of neither"),
    ("Suspect", "a lost context is looked for in debug builds only"),
];

/// Names that still have several definitions. The list only gets shorter.
const TO_GO: &[&str] = &[
    "Answer",
    "Attempt",
    "Attribute",
    "AttributeValue",
    "Beginning",
    "Begun",
    "Bridge",
    "Bridged",
    "Canary",
    "Carried",
    "Chunks",
    "ClientService",
    "Collector",
    "Container",
    "Counts",
    "Dropped",
    "Ending",
    "Ends",
    "Entered",
    "Envelope",
    "Field",
    "Fields",
    "FutureExt",
    "Header",
    "Headers",
    "Held",
    "JoinSetExt",
    "Key",
    "Kind",
    "Known",
    "Lane",
    "Line",
    "Local",
    "ManualSpan",
    "Measured",
    "Message",
    "Metrics",
    "Number",
    "Options",
    "Origin",
    "Outcome",
    "Output",
    "Parent",
    "Polling",
    "Protocol",
    "Reason",
    "RequestSpan",
    "Row",
    "Said",
    "Sent",
    "ServerService",
    "Set",
    "Settings",
    "Shared",
    "Slot",
    "Stage",
    "Start",
    "State",
    "Teller",
    "Text",
    "Told",
    "Traced",
    "Under",
    "Waiting",
];

#[test]
fn a_type_name_has_one_definition() {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let modules = runtimes().iter().chain(macros()).flat_map(|(_, read)| &read.modules);
    // A stand-in has the name of what it stands in for.
    let is_stand_in = |file: &str| file.starts_with("runtime/src/noop/") || file.ends_with("/disabled.rs");
    for module in modules.filter(|module| !is_stand_in(&module.file)) {
        for (name, definition) in &module.contents.types {
            places.entry(name).or_default().insert(format!("{}:{}", module.file, definition.line));
        }
    }
    places.retain(|_, places| places.len() > 1);
    println!("{} type names have several definitions:", places.len());
    let mut failures = Vec::new();
    for (name, places) in &places {
        let reason = ALLOWED.iter().find(|(allowed, _)| allowed == name).map(|(_, reason)| *reason);
        let text = format!("{name}: {}", places.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        println!("  {text} ({})", reason.unwrap_or("to go"));
        if reason.is_none() && !TO_GO.contains(name) {
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
