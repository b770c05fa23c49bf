//! From a path to what it names, through imports and re-exports.

use std::collections::BTreeSet;

use crate::modules::Crate;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Module(usize),
    /// Something that this module defines.
    Item(usize),
    /// Another crate, or something in it.
    OtherCrate,
}

impl Target {
    /// The module, or that of the item.
    pub(crate) fn module(self) -> Option<usize> {
        match self {
            Self::Module(module) | Self::Item(module) => Some(module),
            Self::OtherCrate => None,
        }
    }
}

/// What is looked up at the moment, so that globs that lead to each other end.
type Trail = BTreeSet<(usize, String)>;

impl Crate {
    /// What a path that stands in `module` names.
    pub(crate) fn resolve(&self, module: usize, path: &[String], is_macro: bool) -> BTreeSet<Target> {
        if is_macro
            && let [name] = path
            && let Some(exported) = self.exported_macro(name)
        {
            return [exported].into();
        }
        self.follow(module, path, &mut Trail::new())
    }

    fn follow(&self, module: usize, path: &[String], trail: &mut Trail) -> BTreeSet<Target> {
        let Some((first, mut rest)) = path.split_first() else { return BTreeSet::new() };
        let mut targets = match first.as_str() {
            // `extern crate self as spanwise`.
            "crate" | "spanwise" => [Target::Module(0)].into(),
            "self" => [Target::Module(module)].into(),
            "super" => {
                let mut above = self.modules[module].parent;
                while let Some((next, after)) = rest.split_first()
                    && next == "super"
                {
                    above = above.and_then(|above| self.modules[above].parent);
                    rest = after;
                }
                above.map(Target::Module).into_iter().collect()
            }
            name => {
                let found = self.look_up(module, name, trail);
                if found.is_empty() { [Target::OtherCrate].into() } else { found }
            }
        };
        for name in rest {
            // A function may be called as a module is.
            if targets.iter().any(|target| matches!(target, Target::Module(_))) {
                targets.retain(|target| !matches!(target, Target::Item(_)));
            }
            let below = targets.iter().flat_map(|target| match target {
                // A variant, or an associated function.
                Target::Item(_) | Target::OtherCrate => [*target].into(),
                Target::Module(module) => {
                    let found = self.look_up(*module, name, trail);
                    // A macro has written it.
                    if found.is_empty() { [Target::Item(*module)].into() } else { found }
                }
            });
            targets = below.collect();
        }
        targets
    }

    /// What a name means in a module. Empty if the module does not have it.
    fn look_up(&self, module: usize, name: &str, trail: &mut Trail) -> BTreeSet<Target> {
        if !trail.insert((module, name.to_owned())) {
            return BTreeSet::new();
        }
        let here = &self.modules[module];
        let mut found: BTreeSet<Target> =
            here.children.get(name).into_iter().flatten().map(|child| Target::Module(*child)).collect();
        if here.contents.names.contains_key(name) {
            found.insert(Target::Item(module));
        }
        for import in here.contents.imports.iter().filter(|import| import.name == name) {
            found.extend(self.follow(module, &import.path, trail));
        }
        if module == 0 && found.is_empty() {
            found.extend(self.exported_macro(name));
        }
        if found.is_empty() {
            for import in here.contents.imports.iter().filter(|import| import.name == "*") {
                for target in self.follow(module, &import.path, trail) {
                    if let Target::Module(inner) = target {
                        found.extend(self.look_up(inner, name, trail));
                    }
                }
            }
        }
        trail.remove(&(module, name.to_owned()));
        found
    }

    fn exported_macro(&self, name: &str) -> Option<Target> {
        self.exported_macros.get(name).map(|module| Target::Item(*module))
    }
}

#[test]
fn a_path_leads_to_the_module_that_defines_the_name() {
    let read = Crate::of(
        "pub use engine::Span; use std::sync as other;
        mod engine {
            pub(crate) use self::span::{Span, start as begin};
            pub(crate) use clock::*;
            mod span { pub(crate) struct Span; pub(crate) fn start() {} }
            mod clock { pub(crate) mod ticks {} pub(crate) fn now() {} pub(crate) fn ticks() {} }
        }
        mod user { use super::engine; macro_rules! local { () => {} } }
        mod macros { #[macro_export] macro_rules! exported { () => {} } }",
    );
    let module = |path: &str| {
        let path: Vec<&str> = path.split("::").filter(|name| !name.is_empty()).collect();
        read.modules.iter().position(|module| module.path == path).expect("a module of the text")
    };
    let resolve = |path: &str, is_macro| {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        read.resolve(module("user"), &path, is_macro).into_iter().collect::<Vec<_>>()
    };
    for (path, is_macro, target) in [
        ("crate::Span", false, Target::Item(module("engine::span"))),
        ("engine::Span::new", false, Target::Item(module("engine::span"))),
        ("super::engine::begin", false, Target::Item(module("engine::span"))),
        ("engine::now", false, Target::Item(module("engine::clock"))),
        ("engine::clock::ticks::read", false, Target::Item(module("engine::clock::ticks"))),
        ("engine::written_by_a_macro", false, Target::Item(module("engine"))),
        ("self", false, Target::Module(module("user"))),
        ("local", true, Target::Item(module("user"))),
        ("exported", true, Target::Item(module("macros"))),
        ("crate::exported", true, Target::Item(module("macros"))),
        ("crate::other::Arc", false, Target::OtherCrate),
        ("std::sync::Arc", false, Target::OtherCrate),
    ] {
        assert_eq!(resolve(path, is_macro), [target], "{path}");
    }
}
