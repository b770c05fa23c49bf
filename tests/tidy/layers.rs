//! A part of the runtime uses only parts below it.

use std::collections::BTreeSet;

use crate::graph::Reference;
use crate::modules::{Crate, runtimes};

/// Parts from the ground up: each may use those in the rows before its own. Those in one row do not know each other.
struct Layers {
    /// The module that the parts are in: the crate's root, or a part.
    of: &'static str,
    rows: &'static [&'static [&'static str]],
    /// Modules that are no part: what they use is not looked at.
    no_parts: &'static [&'static str],
}

const LAYERS: &[Layers] = &[Layers {
    of: "",
    rows: &[
        &["error", "diag", "level", "redacted", "secret", "carrier", "propagator"],
        &["value", "otlp"],
        &["noop"],
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
    ],
    // What an expansion and a macro's user may name.
    no_parts: &["__private", "macros"],
}];

/// Parts that only these may use.
const ONLY_USED_BY: &[(&str, &[&str])] = &[("noop", &["http", "client", "server", "task"])];

/// The part that a module is in. `None` if it is in none.
fn part_of<'a>(path: &'a [String], of: &str) -> Option<&'a str> {
    match (of, path) {
        ("", [part, ..]) => Some(part),
        (of, [first, part, ..]) if first == of => Some(part),
        _ => None,
    }
}

impl Layers {
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
        let parts = runtime.modules[0].children.keys().collect::<BTreeSet<_>>();
        for reference in &runtime.references {
            let module = &runtime.modules[reference.from];
            let Some(part) = part_of(&module.path, self.of) else { continue };
            if self.no_parts.contains(&part) {
                continue;
            }
            let target = reference.target.module().map(|target| runtime.modules[target].path.clone());
            // As it is written, too: what it names may be a re-export of something further down.
            let named: Option<Vec<String>> = reference
                .path
                .strip_prefix("crate::")
                .map(|path| path.split("::").map(str::to_owned).collect());
            let named = named.filter(|path| parts.contains(&path[0]));
            for path in target.iter().chain(&named) {
                let used = part_of(path, self.of).filter(|used| *used != part);
                if let Some(used) = used.filter(|used| !self.may_use(part, used)) {
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
            let parts: BTreeSet<&str> =
                runtime.modules.iter().filter_map(|module| part_of(&module.path, layers.of)).collect();
            let unknown: Vec<_> = parts
                .iter()
                .filter(|part| layers.row(part).is_none() && !layers.no_parts.contains(part))
                .collect();
            assert!(unknown.is_empty(), "no row of `{}` has {unknown:?}", layers.of);
            let broken: Vec<String> = layers.broken(runtime).into_iter().collect();
            assert!(broken.is_empty(), "{}:\n{}", configuration.name, broken.join("\n"));
            println!("{}: {} parts of `{}`", configuration.name, parts.len(), layers.of);
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
                modules.any(|module| part_of(&module.path, layers.of) == Some(part)),
                "there is no part `{part}`"
            );
        }
    }
}
