//! A part of the runtime uses only parts below it.

use std::collections::BTreeSet;

use crate::graph::Reference;
use crate::modules::{Crate, runtimes};

/// Parts from the ground up: each may use those in the rows before its own. Those in one row do not know each other.
///
/// A part is a module. A file of it may be a part of its own, as `part::file`, where it is on another level.
struct Layers {
    /// The module that the parts are in: the crate's root, or a part.
    of: &'static str,
    rows: &'static [&'static [&'static str]],
    /// Modules that are no part: what they use is not looked at.
    no_parts: &'static [&'static str],
}

const LAYERS: &[Layers] = &[
    Layers {
        of: "",
        rows: &[
            &["leaked_cell", "outbox"],
            &["error", "diag", "level", "redacted", "secret", "carrier", "propagator", "noop::api"],
            &["value", "otlp"],
            &["noop"],
            &["sampling"],
            &["engine"],
            &["propagation"],
            &["span"],
            &["http"],
            &["client", "server", "task", "logs"],
            &["spool"],
            &["export"],
            &["setup"],
            &["testing"],
        ],
        // What an expansion and a macro's user may name.
        no_parts: &["__private", "macros"],
    },
    Layers {
        of: "engine",
        rows: &[
            &[
                "clock",
                "fork",
                "context::sampling_hint",
                "context::thread_context",
                "provider::global_provider",
            ],
            &["ids"],
            &["span"],
            &["queue"],
            &["recorder"],
            &["context"],
            &["provider"],
        ],
        no_parts: &[],
    },
];

/// Parts that only these may use.
const ONLY_USED_BY: &[(&str, &[&str])] = &[("noop", &["http", "client", "server", "task"])];

impl Layers {
    /// The part that a module is in. `None` if it is in none.
    fn part_of(&self, path: &[String]) -> Option<String> {
        let inside = match self.of {
            "" => path,
            of => path.split_first().filter(|(first, _)| *first == of)?.1,
        };
        let file = inside.get(..2).map(|names| names.join("::"));
        file.filter(|file| self.row(file).is_some()).or_else(|| inside.first().cloned())
    }

    /// The parts that there are: modules in files of their own.
    fn parts(&self, runtime: &Crate) -> BTreeSet<String> {
        let root = &runtime.modules[0].file;
        let modules = runtime.modules.iter().filter(|module| module.file != *root);
        modules.filter_map(|module| self.part_of(&module.path)).collect()
    }

    fn row(&self, part: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.contains(&part))
    }

    fn may_use(&self, part: &str, used: &str) -> bool {
        let is_below = self.row(part).zip(self.row(used)).is_some_and(|(row, used)| used < row);
        is_below && ONLY_USED_BY.iter().all(|(only, users)| *only != used || users.contains(&part))
    }

    /// Each use of a part that is not below the user's, as `file:line`.
    fn broken(&self, runtime: &Crate) -> BTreeSet<String> {
        let mut broken = BTreeSet::new();
        let parts = self.parts(runtime);
        for reference in &runtime.references {
            let module = &runtime.modules[reference.from];
            let Some(part) = self.part_of(&module.path) else { continue };
            if !parts.contains(&part) || self.no_parts.contains(&&*part) {
                continue;
            }
            let target = reference.target.module().map(|target| runtime.modules[target].path.clone());
            // As it is written, too: what it names may be a re-export of something further down.
            let named: Option<Vec<String>> = reference
                .path
                .strip_prefix("crate::")
                .map(|path| path.split("::").map(str::to_owned).collect());
            for path in target.iter().chain(&named) {
                let used = self.part_of(path).filter(|used| *used != part && parts.contains(used));
                if let Some(used) = used.filter(|used| !self.may_use(&part, used)) {
                    let Reference { line, path, .. } = reference;
                    broken.insert(format!("{}:{line}: `{part}` uses `{used}`: {path}", module.file));
                }
            }
        }
        broken
    }
}

#[test]
fn a_part_uses_only_what_is_below_it() {
    for (configuration, runtime) in runtimes() {
        for layers in LAYERS {
            let parts = layers.parts(runtime);
            let unknown: Vec<_> = parts
                .iter()
                .filter(|part| layers.row(part).is_none() && !layers.no_parts.contains(&&***part))
                .collect();
            assert!(unknown.is_empty(), "no row of `{}` has {unknown:?}", layers.of);
            let broken: Vec<String> = layers.broken(runtime).into_iter().collect();
            assert!(broken.is_empty(), "{}:\n{}", configuration.name, broken.join("\n"));
            let of = if layers.of.is_empty() { "the runtime" } else { layers.of };
            println!("{}: {} parts of {of}", configuration.name, parts.len());
        }
    }
}

/// A row that names nothing holds nothing.
#[test]
fn each_part_of_the_table_exists() {
    for layers in LAYERS {
        for part in layers.rows.concat().iter().chain(layers.no_parts) {
            let mut modules = runtimes().iter().flat_map(|(_, runtime)| &runtime.modules);
            assert!(
                modules.any(|module| layers.part_of(&module.path).as_deref() == Some(part)),
                "there is no part `{part}`"
            );
        }
    }
}
