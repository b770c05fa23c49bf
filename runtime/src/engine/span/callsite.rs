//! What is known of a span when the program is compiled.

use std::borrow::Cow;
#[cfg(debug_assertions)]
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};

use crate::engine::provider::global_provider::CachedTracer;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::scope;
use crate::engine::span::scope::Scope;
use crate::level::{Level, is_enabled};
use crate::otlp;

/// A place in the code where spans start.
#[derive(Debug)]
pub struct Callsite {
    name: &'static str,
    kind: SpanKind,
    /// None, where the span is not the user's code's.
    place: Option<Place>,
    krate: Crate,
    schema_url: Option<&'static str>,
    level: Option<Level>,
    is_published: bool,
    /// What is worked out when the first span starts here.
    known: OnceLock<CallsiteData>,
    /// Where the application has a provider of its own.
    tracer: CachedTracer,
    /// It was told that a span has lost its context here.
    #[cfg(debug_assertions)]
    lost_context_warned: AtomicBool,
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
pub struct Crate {
    /// The package's name, where Cargo builds.
    pub name: Option<&'static str>,
    /// The package's version, where Cargo builds.
    pub version: Option<&'static str>,
    /// The module's path, whose first part stands for the package's name elsewhere.
    pub module: &'static str,
}

/// What all spans of a callsite have in common.
#[derive(Debug)]
pub(crate) struct CallsiteData {
    pub(crate) scope: Arc<Scope>,
    function: &'static str,
    /// The attributes that say where it is, as fields of an OTLP span.
    pub(crate) attributes: Vec<u8>,
    /// How many there are.
    pub(crate) count: u32,
    /// The characters of the longest text among them.
    pub(in crate::engine) longest: usize,
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
    pub const fn new(name: &'static str, kind: SpanKind, place: Place, krate: Crate) -> Self {
        Self {
            name,
            kind,
            place: Some(place),
            krate,
            schema_url: None,
            level: None,
            is_published: true,
            known: OnceLock::new(),
            tracer: CachedTracer::none(),
            #[cfg(debug_assertions)]
            lost_context_warned: AtomicBool::new(false),
        }
    }

    /// The spans of this kind that Spanwise makes itself, wherever they are asked for.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) const fn own(kind: SpanKind) -> Self {
        Self {
            name: "",
            kind,
            place: None,
            krate: Crate {
                name: Some(env!("CARGO_PKG_NAME")),
                version: Some(env!("CARGO_PKG_VERSION")),
                module: "",
            },
            schema_url: Some(crate::SCHEMA_URL),
            level: None,
            is_published: true,
            known: OnceLock::new(),
            tracer: CachedTracer::none(),
            #[cfg(debug_assertions)]
            lost_context_warned: AtomicBool::new(false),
        }
    }

    /// In a scope of another name than the crate's, which then has no version.
    #[must_use]
    pub const fn in_scope(mut self, name: &'static str) -> Self {
        self.krate.name = Some(name);
        self.krate.version = None;
        self
    }

    /// Recorded up to this level.
    #[must_use]
    pub const fn at(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Current for Spanwise alone.
    #[must_use]
    pub const fn unpublished(mut self) -> Self {
        self.is_published = false;
        self
    }

    #[inline]
    pub(crate) const fn is_published(&self) -> bool {
        self.is_published
    }

    #[inline]
    pub(crate) fn is_enabled(&self) -> bool {
        self.level.is_none_or(is_enabled)
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) const fn kind(&self) -> &SpanKind {
        &self.kind
    }

    #[inline]
    pub(crate) fn known(&self) -> &CallsiteData {
        self.known.get_or_init(|| self.work_out())
    }

    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(crate) const fn lost_context_warned(&self) -> &AtomicBool {
        &self.lost_context_warned
    }

    /// What it is in, and where that is.
    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(crate) fn function_and_place(&self) -> Option<(&'static str, &Place)> {
        self.place.as_ref().map(|place| (self.known().function, place))
    }

    pub(in crate::engine) const fn tracer(&self) -> &CachedTracer {
        &self.tracer
    }

    #[cold]
    fn work_out(&self) -> CallsiteData {
        let function = self.place.as_ref().map_or("", |place| parent((place.function)()));
        let mut attributes = Vec::new();
        let (mut count, mut longest) = (0, 0);
        for attribute in self.attributes_of(function) {
            count += 1;
            if let Value::String(text) = &attribute.value {
                longest = longest.max(text.as_str().chars().count());
            }
            otlp::put_attribute(&mut attributes, 9, attribute.key.as_str(), &attribute.value, usize::MAX);
        }
        let Crate { name, version, module } = self.krate;
        let name = name.unwrap_or_else(|| module.split("::").next().unwrap_or(module));
        CallsiteData {
            scope: scope::of_crate(name, version, self.schema_url),
            function,
            attributes,
            count,
            longest,
        }
    }

    /// The attributes that say where it is
    /// ([code attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)), and its
    /// level.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = KeyValue> + use<> {
        self.attributes_of(self.known().function)
    }

    fn attributes_of(&self, function: &'static str) -> impl Iterator<Item = KeyValue> + use<> {
        let place = self.place.as_ref().map(|place| {
            [
                ("code.function.name", Value::from(function)),
                ("code.file.path", place.file.into()),
                ("code.line.number", i64::from(place.line).into()),
            ]
        });
        // Nobody knows the function of a span that another crate's `tracing` has made.
        let place = place.map(|attributes| attributes.into_iter().skip(usize::from(function.is_empty())));
        let level = self.level.map(|level| ("spanwise.level", level.as_str().into()));
        place.into_iter().flatten().chain(level).map(|(key, value)| KeyValue::new(key, value))
    }

    /// A span of this callsite with these attributes, and those that say where it is.
    pub(crate) fn new_span(&self, mut attributes: Vec<KeyValue>) -> NewSpan {
        let given = attributes.len();
        for attribute in self.attributes() {
            // What the code says itself comes first.
            if !attributes[..given].iter().any(|known| known.key == attribute.key) {
                attributes.push(attribute);
            }
        }
        NewSpan {
            name: Cow::Borrowed(self.name),
            rename: None,
            kind: self.kind.clone(),
            attributes,
            links: Vec::new(),
            events: Vec::new(),
            start: None,
            scope: Arc::clone(&self.known().scope),
        }
    }

    /// Whether it has an attribute of this key itself.
    #[inline]
    pub(crate) fn has(key: &str) -> bool {
        matches!(key, "code.function.name" | "code.file.path" | "code.line.number" | "spanwise.level")
    }
}
