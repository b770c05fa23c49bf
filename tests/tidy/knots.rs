//! Files do not import one another in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{macros, runtimes};

/// Files that may form a circle, because they are one thing in several files.
struct Knot {
    files: &'static [&'static str],
    reason: &'static str,
}

const ALLOWED: &[Knot] = &[Knot {
    files: &[
        "runtime/src/engine/recorder/draft.rs",
        "runtime/src/engine/recorder/recorded_span.rs",
        "runtime/src/engine/recorder/recorder.rs",
        "runtime/src/engine/recorder/slot.rs",
        "runtime/src/engine/recorder/thread_state.rs",
    ],
    reason: "the kernel: a span points to its recorder, which makes spans and gets their slots back",
}];

/// The largest knot that may be allowed.
const MAX_FILES: usize = 6;

type Files = BTreeSet<String>;

/// Why a knot may be. `None` if it may not.
fn reason(knot: &Files) -> Option<&'static str> {
    let allowed = ALLOWED.iter().find(|allowed| knot.iter().all(|file| allowed.files.contains(&&**file)));
    allowed.map(|allowed| allowed.reason)
}

#[test]
fn files_do_not_import_one_another_in_a_circle() {
    let mut found: BTreeMap<Files, Vec<String>> = BTreeMap::new();
    for (name, crates) in [("runtime", runtimes()), ("macros", macros())] {
        for (configuration, read) in crates {
            let arrows = read.arrows();
            let knots = arrows.knots();
            let counts = [arrows.0.len(), arrows.count(), knots.len()];
            println!("{name}, {}: {counts:?} files, arrows, knots", configuration.name);
            for knot in knots {
                let ties = arrows.ties(&knot);
                found.entry(knot).or_insert(ties);
            }
        }
    }
    let mut failures = Vec::new();
    for (knot, ties) in &found {
        let text = format!("{} files:\n  {}", knot.len(), ties.join("\n  "));
        println!("knot ({}) of {text}", reason(knot).unwrap_or("new"));
        if reason(knot).is_none() {
            failures.push(text);
        }
    }
    assert!(failures.is_empty(), "new knots of\n{}", failures.join("\n"));
    for Knot { files, reason } in ALLOWED {
        assert!(files.len() <= MAX_FILES, "{} files are too many for one knot ({reason})", files.len());
        for file in *files {
            let is_tied = found.keys().any(|knot| knot.contains(*file));
            assert!(is_tied, "{file} is in no knot any more ({reason}): take it off the list");
        }
    }
}
