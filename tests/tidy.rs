//! The invariants of ARCHITECTURE.md: what must not be there.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The Rust files below a folder, or a file itself, with their text.
fn sources(path: &Path) -> Vec<(PathBuf, String)> {
    if path.is_file() {
        return vec![(path.to_owned(), std::fs::read_to_string(path).expect("text"))];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let entries = entries.filter_map(Result::ok).map(|entry| entry.path());
    entries
        .filter(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| path.file_name().is_none_or(|name| name != "target"))
        .flat_map(|path| sources(&path))
        .collect()
}

/// Whether a line of code names a part of the runtime: `crate::part`, alone or in a list.
fn names_part(line: &str, part: &str) -> bool {
    let listed = line
        .split_once("crate::{")
        .is_some_and(|(_, list)| list.split([',', '{', '}', ':', ' ', ';']).any(|word| word == part));
    let plain = line.match_indices("crate::").any(|(at, start)| {
        let rest = &line[at + start.len()..];
        rest.strip_prefix(part)
            .is_some_and(|after| !after.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    });
    listed || plain
}

#[test]
fn a_part_s_name_is_found_in_a_line() {
    assert!(names_part("use crate::export::Queue;", "export"));
    assert!(names_part("use crate::export;", "export"));
    assert!(names_part("use crate::{diag, export};", "export"));
    assert!(!names_part("use crate::exporter::Queue;", "export"));
}

/// The runtime's parts from the ground up: each may use those before it. Those of one line never know
/// each other.
const PARTS: &[&[&str]] = &[
    &["error", "diag", "level", "redacted", "secret", "carrier", "propagator"],
    &["value", "wire"],
    &["engine"],
    &["sampling"],
    &["propagation"],
    &["span"],
    &["http"],
    &["client", "server", "task", "logs"],
    &["spool"],
    &["export"],
    &["setup"],
    &["testing"],
];

#[test]
fn a_part_uses_only_what_is_below_it() {
    let source = root().join("runtime/src");
    let mut checked = 0;
    for (level, parts) in PARTS.iter().enumerate() {
        let above: Vec<&str> = PARTS[level + 1..].concat();
        for part in *parts {
            let beside = parts.iter().filter(|other| *other != part && level == 7);
            let forbidden: Vec<&str> = above.iter().chain(beside).copied().collect();
            let mut files = sources(&source.join(part));
            files.extend(sources(&source.join(format!("{part}.rs"))));
            assert!(!files.is_empty(), "no such part: {part}");
            for (path, text) in files {
                checked += 1;
                for other in &forbidden {
                    for (number, line) in text.lines().enumerate() {
                        let is_doc = line.trim_start().starts_with("//");
                        assert!(
                            is_doc || !names_part(line, other),
                            "{}:{}: `{part}` knows of `{other}`",
                            path.display(),
                            number + 1
                        );
                    }
                }
            }
        }
    }
    assert!(checked > 30, "the parts have files");
}

#[test]
fn only_the_set_up_reads_the_environment_and_sets_globals() {
    let source = root().join("runtime/src");
    for (path, text) in sources(&source) {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let text = code.collect::<Vec<_>>().join("\n");
        // A test may have a say in what a process of its own does.
        let in_setup = path.starts_with(source.join("setup"))
            || path.components().any(|part| part.as_os_str() == "tests");
        for word in ["env::var(", "env::vars", "set_tracer_provider", "set_text_map_propagator"] {
            assert!(in_setup || !text.contains(word), "{}: {word}", path.display());
        }
        // NO_COLOR is the terminal's affair, and the console's to ask for.
        let asks_for_color = path.ends_with("export/destination/console.rs");
        assert!(in_setup || asks_for_color || !text.contains("env::var_os"), "{}", path.display());
        // In one place: everything else is lost in a thread's last moments.
        let is_current = path.ends_with("engine/current.rs");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(is_current || !line.contains("Context::current("), "{}: {line}", path.display());
        }
    }
}

#[test]
fn files_are_of_a_length_to_be_read() {
    for folder in ["macros", "runtime", "examples", "tests", "benches"] {
        for (path, text) in sources(&root().join(folder)) {
            let lines = text.lines().count();
            assert!(lines <= 500, "{} has {lines} lines", path.display());
        }
    }
}
