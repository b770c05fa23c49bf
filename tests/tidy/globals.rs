//! Only the set-up reads the environment or sets a global.

use crate::files::{TextFile, files};

/// Calls that few places may make.
struct Rule {
    calls: &'static [&'static str],
    /// Folders and files below `runtime/src`.
    only_in: &'static [&'static str],
    /// Whether unit tests may make them, too: in a process of their own.
    in_tests: bool,
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        calls: &["env::var(", "env::vars", "set_tracer_provider", "set_text_map_propagator"],
        only_in: &["setup"],
        in_tests: true,
        reason: "the set-up reads the environment and installs what is global",
    },
    Rule {
        calls: &["env::var_os"],
        only_in: &["setup", "export/destination/console.rs"],
        in_tests: true,
        reason: "the set-up reads the environment; the console asks for NO_COLOR, a setting of the terminal",
    },
    Rule {
        calls: &["Context::current("],
        only_in: &["engine/context/thread_context.rs"],
        in_tests: false,
        reason: "it panics in a thread that is being torn down, which one file takes care of",
    },
];

/// Whether a line has this call, and not one whose name ends so.
fn has(line: &str, call: &str) -> bool {
    let starts_word =
        |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    line.match_indices(call).any(|(at, _)| starts_word(at))
}

fn is_test(file: &TextFile) -> bool {
    file.path.split('/').any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

#[test]
fn globals_are_used_in_few_places() {
    let sources = files("runtime/src", &["rs"]);
    for Rule { calls, only_in, in_tests, reason } in RULES {
        let places = || only_in.iter().map(|place| format!("runtime/src/{place}"));
        for place in places() {
            assert!(sources.iter().any(|file| file.is_in(&place)), "there is no {place}");
        }
        for file in &sources {
            if (*in_tests && is_test(file)) || places().any(|place| file.is_in(&place)) {
                continue;
            }
            for (number, line) in file.code() {
                let found = calls.iter().find(|call| has(line, call));
                assert!(found.is_none(), "{}:{number}: `{}`: {reason}", file.path, line.trim());
            }
        }
    }
}
