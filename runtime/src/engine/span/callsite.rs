//! What is known of a span at compile time.

use std::borrow::Cow;
use std::panic::Location;
#[cfg(debug_assertions)]
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};

use crate::engine::provider::global_provider::CachedTracer;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::scope::{Scope, of_crate};
use crate::level::{Level, is_enabled};
use crate::otlp;
use crate::otlp::fields::span::ATTRIBUTES;

/// A place in the code where spans start: their name, kind, code location and scope.
#[derive(Debug)]
pub struct Callsite {
    name: &'static str,
    kind: SpanKind,
    /// `None` for the spans that Spanwise makes itself.
    place: Option<Place>,
    krate: Crate,
    schema_url: Option<&'static str>,
    level: Option<Level>,
    /// Returns the level, where it is known only at run time. Then `level` is `None`.
    level_of: Option<fn() -> Level>,
    is_published: bool,
    /// Computed when the first span starts here.
    data: OnceLock<CallsiteData>,
    /// Used if the application has a provider of its own.
    tracer: CachedTracer,
    /// Whether the warning about a lost context has been logged for this callsite.
    #[cfg(debug_assertions)]
    lost_context_warned: AtomicBool,
}

/// A place in the source.
#[derive(Debug)]
pub struct Place {
    /// Returns the path of an item in the function. It is the item's type name, which is not a constant.
    pub function: fn() -> &'static str,
    /// The path of the file, as it was given to the compiler.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
}

/// The crate that a callsite is in.
#[derive(Debug)]
pub struct Crate {
    /// The package's name, if Cargo builds it.
    pub name: Option<&'static str>,
    /// The package's version, if Cargo builds it.
    pub version: Option<&'static str>,
    /// The module's path. Its first part is used as the package's name if Cargo does not build it.
    pub module: &'static str,
}

/// What all spans of a callsite have in common. Computed once.
#[derive(Debug)]
pub(crate) struct CallsiteData {
    pub(crate) scope: Arc<Scope>,
    function: &'static str,
    /// The attributes of the code location and the level, as fields of an OTLP span.
    pub(crate) attributes: Vec<u8>,
    /// How many attributes these are.
    pub(crate) count: u32,
    /// The characters of the longest text among them.
    pub(in crate::engine) max_length: usize,
}

/// The path of the function that an item is in, from the item's path.
fn enclosing_function(marker: &'static str) -> &'static str {
    let function = marker.rsplit_once("::").map_or(marker, |(function, _)| function);
    // The compiler makes a closure of an async function's body.
    function.trim_end_matches("::{{closure}}")
}

impl Callsite {
    /// A callsite; meant for a `static`.
    #[must_use]
    pub const fn new(name: &'static str, kind: SpanKind, place: Place, krate: Crate) -> Self {
        Self::with(name, kind, Some(place), krate, None)
    }

    /// The callsite of a function; meant for a `static`. It is in the source where this is called.
    ///
    /// `function` returns the path of an item in the function, `package` and `version` are those of Cargo, and `module` is the
    /// path of the module.
    #[must_use]
    #[track_caller]
    pub const fn of_function(
        name: &'static str,
        kind: SpanKind,
        function: fn() -> &'static str,
        package: Option<&'static str>,
        version: Option<&'static str>,
        module: &'static str,
    ) -> Self {
        let place = Location::caller();
        let place = Place { function, file: place.file(), line: place.line() };
        Self::new(name, kind, place, Crate { name: package, version, module })
    }

    /// The callsite of all spans of this kind that Spanwise makes itself, for requests.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) const fn own(kind: SpanKind) -> Self {
        let krate = Crate {
            name: Some(env!("CARGO_PKG_NAME")),
            version: Some(env!("CARGO_PKG_VERSION")),
            module: "",
        };
        Self::with("", kind, None, krate, Some(crate::SCHEMA_URL))
    }

    const fn with(
        name: &'static str,
        kind: SpanKind,
        place: Option<Place>,
        krate: Crate,
        schema_url: Option<&'static str>,
    ) -> Self {
        Self {
            name,
            kind,
            place,
            krate,
            schema_url,
            level: None,
            level_of: None,
            is_published: true,
            data: OnceLock::new(),
            tracer: CachedTracer::none(),
            #[cfg(debug_assertions)]
            lost_context_warned: AtomicBool::new(false),
        }
    }

    /// Sets the scope's name in place of the crate's. The scope then has no version.
    #[must_use]
    pub const fn in_scope(mut self, name: &'static str) -> Self {
        self.krate.name = Some(name);
        self.krate.version = None;
        self
    }

    /// Sets the level of the spans. They are recorded if it is enabled.
    #[must_use]
    pub const fn at(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Sets the function that returns the level of the spans.
    #[must_use]
    pub const fn at_level_of(mut self, level: fn() -> Level) -> Self {
        self.level_of = Some(level);
        self
    }

    fn level(&self) -> Option<Level> {
        self.level_of.map_or(self.level, |level| Some(level()))
    }

    /// Makes the spans current for Spanwise alone, not in OpenTelemetry's context.
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

    /// The same for a callsite whose level may be known only at run time. The shortest way of a span does not ask for that.
    #[inline]
    pub(crate) fn is_computed_enabled(&self) -> bool {
        self.level().is_none_or(is_enabled)
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) const fn kind(&self) -> &SpanKind {
        &self.kind
    }

    #[inline]
    pub(crate) fn data(&self) -> &CallsiteData {
        self.data.get_or_init(|| self.compute())
    }

    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(crate) const fn lost_context_warned(&self) -> &AtomicBool {
        &self.lost_context_warned
    }

    /// The function that it is in, and where that is.
    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(crate) fn function_and_place(&self) -> Option<(&'static str, &Place)> {
        self.place.as_ref().map(|place| (self.data().function, place))
    }

    pub(in crate::engine) const fn tracer(&self) -> &CachedTracer {
        &self.tracer
    }

    #[cold]
    fn compute(&self) -> CallsiteData {
        let function = self.place.as_ref().map_or("", |place| enclosing_function((place.function)()));
        let mut attributes = Vec::new();
        let (mut count, mut max_length) = (0, 0);
        for attribute in self.attributes_of(function) {
            count += 1;
            if let Value::String(text) = &attribute.value {
                max_length = max_length.max(text.as_str().chars().count());
            }
            let (key, value) = (attribute.key.as_str(), &attribute.value);
            otlp::put_attribute(&mut attributes, ATTRIBUTES, key, value, usize::MAX);
        }
        let Crate { name, version, module } = self.krate;
        let name = name.unwrap_or_else(|| module.split("::").next().unwrap_or(module));
        CallsiteData {
            scope: of_crate(name, version, self.schema_url),
            function,
            attributes,
            count,
            max_length,
        }
    }

    /// The attributes of the code location
    /// ([code attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)) and the level.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = KeyValue> + use<> {
        self.attributes_of(self.data().function)
    }

    fn attributes_of(&self, function: &'static str) -> impl Iterator<Item = KeyValue> + use<> {
        let place = self.place.as_ref().map(|place| {
            [
                ("code.function.name", Value::from(function)),
                ("code.file.path", place.file.into()),
                ("code.line.number", i64::from(place.line).into()),
            ]
        });
        // The function of a span of `tracing` is not known.
        let place = place.map(|attributes| attributes.into_iter().skip(usize::from(function.is_empty())));
        let level = self.level().map(|level| ("spanwise.level", level.as_str().into()));
        place.into_iter().flatten().chain(level).map(|(key, value)| KeyValue::new(key, value))
    }

    /// A span of this callsite with these attributes and the callsite's.
    pub(crate) fn new_span(&self, mut attributes: Vec<KeyValue>) -> NewSpan {
        let given = attributes.len();
        for attribute in self.attributes() {
            // The code may set such an attribute itself.
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
            scope: Arc::clone(&self.data().scope),
        }
    }

    /// Whether callsites set an attribute of this key.
    #[inline]
    pub(crate) fn sets(key: &str) -> bool {
        matches!(key, "code.function.name" | "code.file.path" | "code.line.number" | "spanwise.level")
    }
}
