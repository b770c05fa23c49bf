//! Which file uses what of which file.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::Crate;
use crate::resolve::Target;

/// A use of something, at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// The module in which it stands.
    pub(crate) from: usize,
    pub(crate) line: usize,
    /// As it is written.
    pub(crate) path: String,
    pub(crate) target: Target,
}

impl Crate {
    /// All references within the crate.
    ///
    /// A re-export is one only where the file uses the name itself.
    pub(crate) fn find_references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        for (from, module) in self.modules.iter().enumerate() {
            let mut add = |path: &[String], is_macro, line| {
                for target in self.resolve(from, path, is_macro) {
                    references.push(Reference { from, line, path: path.join("::"), target });
                }
            };
            let used: BTreeSet<&String> =
                module.contents.paths.keys().filter_map(|used| used.path.first()).collect();
            for import in &module.contents.imports {
                let is_facade = import.is_public && !used.contains(&import.name);
                if !is_facade && import.name != "*" {
                    add(&import.path, false, import.line);
                }
            }
            for (used, line) in &module.contents.paths {
                add(&used.path, used.is_macro, *line);
            }
        }
        references
    }

    /// The arrows between files, and the names that make them.
    pub(crate) fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::default();
        for module in &self.modules {
            arrows.0.entry(module.file.clone()).or_default();
        }
        for reference in &self.references {
            // A module's name alone uses nothing in its file yet.
            let Target::Item(to) = reference.target else { continue };
            let [from, to] = [reference.from, to].map(|module| self.modules[module].file.clone());
            if from != to {
                let name = name_in(&reference.path).to_owned();
                arrows.0.entry(from).or_default().entry(to).or_default().insert(name);
            }
        }
        arrows
    }
}

/// The type or the constant in a path, and otherwise its last name.
fn name_in(path: &str) -> &str {
    let mut names = path.split("::");
    names
        .find(|name| name.starts_with(char::is_uppercase))
        .or_else(|| path.split("::").last())
        .unwrap_or_default()
}

/// From file to file, with the names used.
#[derive(Debug, Default)]
pub(crate) struct Arrows(pub(crate) BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

impl Arrows {
    /// How many arrows there are.
    pub(crate) fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// The groups of files in which each can be reached from each: the strongly connected components of more than one file.
    pub(crate) fn knots(&self) -> Vec<BTreeSet<String>> {
        let reach: BTreeMap<&String, BTreeSet<&String>> =
            self.0.keys().map(|file| (file, self.reached_from(file))).collect();
        let mut knots: Vec<BTreeSet<String>> = Vec::new();
        for (file, reached) in &reach {
            if !reached.contains(file) || knots.iter().any(|knot| knot.contains(*file)) {
                continue;
            }
            let knot = reached.iter().filter(|other| reach[**other].contains(file));
            knots.push(knot.map(|file| (*file).clone()).collect());
        }
        knots
    }

    /// The files that are reached by one arrow or more.
    fn reached_from<'a>(&'a self, file: &'a String) -> BTreeSet<&'a String> {
        let mut reached = BTreeSet::new();
        let mut to_follow: Vec<&String> = vec![file];
        while let Some(file) = to_follow.pop() {
            to_follow.extend(
                self.0.get(file).into_iter().flat_map(BTreeMap::keys).filter(|next| reached.insert(*next)),
            );
        }
        reached
    }

    /// What ties these files: one line for each arrow among them.
    pub(crate) fn ties(&self, files: &BTreeSet<String>) -> Vec<String> {
        let mut ties = Vec::new();
        for from in files {
            for (to, names) in self.0.get(from).into_iter().flatten().filter(|(to, _)| files.contains(*to)) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                ties.push(format!("{from} -> {to}: {}", names.join(", ")));
            }
        }
        ties
    }
}

#[test]
fn files_that_reach_each_other_are_a_knot() {
    let mut arrows = Arrows::default();
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a"), ("d", "f"), ("f", "d")] {
        arrows.0.entry(to.to_owned()).or_default();
        arrows
            .0
            .entry(from.to_owned())
            .or_default()
            .entry(to.to_owned())
            .or_default()
            .insert("name".to_owned());
    }
    let knots: Vec<Vec<String>> = arrows.knots().into_iter().map(|knot| knot.into_iter().collect()).collect();
    assert_eq!(knots, [vec!["a", "b", "c"], vec!["d", "f"]]);
    assert_eq!(arrows.ties(&["d".to_owned(), "f".to_owned()].into()), ["d -> f: name", "f -> d: name"]);
}
