//! What is known of a span when the program is compiled.

use std::borrow::Cow;
use std::sync::OnceLock;

use opentelemetry::trace::SpanKind;
use opentelemetry::{InstrumentationScope, KeyValue, Value};

use crate::engine::door::NewSpan;
use crate::level::{Level, is_enabled};

/// A place in the code where spans start.
#[derive(Debug)]
pub struct Callsite {
    name: &'static str,
    kind: SpanKind,
    place: Place,
    scope: Scope,
    level: Option<Level>,
    /// The function's path, once it has been worked out.
    function: OnceLock<&'static str>,
}

/// Where in the source.
#[derive(Debug)]
pub struct Place {
    /// The path of an item in the function: its type's name, which no constant can tell.
    pub function: fn() -> &'static str,
    /// The file as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

/// Which crate.
#[derive(Debug)]
pub struct Scope {
    /// The package's name, where Cargo builds.
    pub name: Option<&'static str>,
    /// The package's version, where Cargo builds.
    pub version: Option<&'static str>,
    /// The module's path, whose first part stands for the package's name elsewhere.
    pub module: &'static str,
}

/// The path of the function that an item stands in, from the item's.
fn parent(marker: &'static str) -> &'static str {
    let function = marker.rsplit_once("::").map_or(marker, |(function, _)| function);
    // An async function's body is a closure to the compiler, and to nobody else.
    function.trim_end_matches("::{{closure}}")
}

impl Callsite {
    /// A callsite; meant for a `static`.
    #[must_use]
    pub const fn new(name: &'static str, kind: SpanKind, place: Place, scope: Scope) -> Self {
        Self { name, kind, place, scope, level: None, function: OnceLock::new() }
    }

    /// In a scope of another name than the crate's, which then has no version.
    #[must_use]
    pub const fn in_scope(mut self, name: &'static str) -> Self {
        self.scope.name = Some(name);
        self.scope.version = None;
        self
    }

    /// Recorded up to this level.
    #[must_use]
    pub const fn at(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    #[inline]
    pub(super) fn is_enabled(&self) -> bool {
        self.level.is_none_or(is_enabled)
    }

    /// A span of this callsite with these attributes, and those that say where it is
    /// ([code attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)).
    pub(super) fn new_span(&self, mut attributes: Vec<KeyValue>) -> NewSpan {
        attributes.reserve_exact(4);
        let given = attributes.len();
        let mut tell = |key: &'static str, value: Value| {
            // What the code says itself comes first.
            if !attributes[..given].iter().any(|attribute| attribute.key.as_str() == key) {
                attributes.push(KeyValue::new(key, value));
            }
        };
        let function = *self.function.get_or_init(|| parent((self.place.function)()));
        tell("code.function.name", function.into());
        tell("code.file.path", self.place.file.into());
        tell("code.line.number", i64::from(self.place.line).into());
        if let Some(level) = self.level {
            attributes.push(KeyValue::new("spanwise.level", level.as_str()));
        }
        NewSpan {
            name: Cow::Borrowed(self.name),
            kind: self.kind.clone(),
            attributes,
            links: Vec::new(),
            events: Vec::new(),
            start: None,
            scope: self.scope.instrumentation_scope(),
        }
    }
}

impl Scope {
    fn instrumentation_scope(&self) -> InstrumentationScope {
        let name = self.name.unwrap_or_else(|| self.module.split("::").next().unwrap_or(self.module));
        let scope = InstrumentationScope::builder(name);
        match self.version {
            Some(version) => scope.with_version(version).build(),
            None => scope.build(),
        }
    }
}
