//! What is known of a span at compile time.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
#[cfg(debug_assertions)]
use std::sync::atomic::AtomicBool;

use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};

use crate::engine::provider::global_provider::CachedTracer;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::scope::{Scope, of_crate};
use crate::leaked_cell::LeakedCell;
use crate::level::{Level, is_enabled};
use crate::otlp;
use crate::otlp::fields::span::ATTRIBUTES;

/// A place in the code where spans start: their name, kind, code location and scope.
///
/// The compiler evaluates one for each annotated function, also in `cargo check`. So it is flat, has no destructor, and is made
/// by one call that calls nothing.
#[derive(Debug)]
pub struct Callsite {
    name: &'static str,
    kind: SpanKind,
    place: Place,
    /// The scope's name. If it is empty, the crate's name is taken from the function's path.
    scope_name: &'static str,
    /// May be empty.
    scope_version: &'static str,
    schema_url: Option<&'static str>,
    level: Option<Level>,
    /// Returns the level, where it is known only at run time. Then `level` is `None`.
    level_of: Option<fn() -> Level>,
    is_published: bool,
    /// Computed when the first span starts here.
    data: LeakedCell<CallsiteData>,
}

/// A place in the source.
#[derive(Debug)]
enum Place {
    /// In a function. The first field returns the path of an item in the function: its type name, which is not a constant.
    Function(fn() -> &'static str, &'static Location<'static>),
    /// The path of the file, as it was given to the compiler, and the line, counted from 1.
    #[cfg(feature = "logs")]
    Line(&'static str, u32),
    /// The spans that Spanwise makes itself.
    #[cfg(any(feature = "client", feature = "server"))]
    None,
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
    /// Used if the application has a provider of its own.
    tracer: CachedTracer,
    /// Whether the warning about a lost context has been logged for this callsite.
    #[cfg(debug_assertions)]
    lost_context_warned: AtomicBool,
}

impl Place {
    /// The path of the function, or nothing.
    fn function(&self) -> &'static str {
        let item = match self {
            Self::Function(item, _) => item(),
            #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
            _ => return "",
        };
        let function = item.rsplit_once("::").map_or(item, |(function, _)| function);
        // The compiler makes a closure of an async function's body.
        function.trim_end_matches("::{{closure}}")
    }

    fn file_and_line(&self) -> Option<(&'static str, u32)> {
        match self {
            Self::Function(_, location) => Some((location.file(), location.line())),
            #[cfg(feature = "logs")]
            Self::Line(file, line) => Some((file, *line)),
            #[cfg(any(feature = "client", feature = "server"))]
            Self::None => None,
        }
    }
}

impl Callsite {
    /// The callsite of a function; meant for a `static`. It is in the source where this is called.
    ///
    /// `item` returns the path of an item in the function. `package` and `version` are those of Cargo, or empty if it is not Cargo
    /// that builds the crate.
    #[must_use]
    #[track_caller]
    pub const fn of_function(
        name: &'static str,
        kind: SpanKind,
        item: fn() -> &'static str,
        package: &'static str,
        version: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            place: Place::Function(item, Location::caller()),
            scope_name: package,
            scope_version: version,
            schema_url: None,
            level: None,
            level_of: None,
            is_published: true,
            data: LeakedCell::EMPTY,
        }
    }

    /// The callsite of the spans of `tracing` from this line.
    #[cfg(feature = "logs")]
    pub(crate) const fn of_line(
        name: &'static str,
        kind: SpanKind,
        file: &'static str,
        line: u32,
        krate: &'static str,
    ) -> Self {
        Self::with(name, kind, Place::Line(file, line), krate, "")
    }

    /// The callsite of all spans of this kind that Spanwise makes itself, for requests.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) const fn own(kind: SpanKind) -> Self {
        let mut own = Self::with("", kind, Place::None, env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        own.schema_url = Some(crate::SCHEMA_URL);
        own
    }

    #[cfg(any(feature = "client", feature = "server", feature = "logs"))]
    const fn with(
        name: &'static str,
        kind: SpanKind,
        place: Place,
        scope_name: &'static str,
        scope_version: &'static str,
    ) -> Self {
        let mut callsite = Self::of_function(name, kind, || "", scope_name, scope_version);
        callsite.place = place;
        callsite
    }

    /// Sets the scope's name in place of the crate's. The scope then has no version.
    #[must_use]
    pub const fn in_scope(mut self, name: &'static str) -> Self {
        self.scope_name = name;
        self.scope_version = "";
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

    /// Whether its spans stand for what crosses the edge of the process.
    #[inline]
    pub(crate) const fn is_at_edge(&self) -> bool {
        !matches!(self.kind, SpanKind::Internal)
    }

    pub(crate) const fn kind(&self) -> &SpanKind {
        &self.kind
    }

    #[inline]
    pub(crate) fn data(&self) -> &'static CallsiteData {
        self.data.get_or_init(|| self.compute())
    }

    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(crate) fn lost_context_warned(&self) -> &'static AtomicBool {
        &self.data().lost_context_warned
    }

    /// The function that it is in, the file and the line.
    #[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
    pub(crate) fn function_and_line(&self) -> Option<(&'static str, &'static str, u32)> {
        self.place.file_and_line().map(|(file, line)| (self.data().function, file, line))
    }

    pub(in crate::engine) fn tracer(&self) -> &'static CachedTracer {
        &self.data().tracer
    }

    #[cold]
    fn compute(&self) -> CallsiteData {
        let function = self.place.function();
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
        let scope = match self.scope_name {
            "" => function.split("::").next().unwrap_or_default(),
            name => name,
        };
        let version = Some(self.scope_version).filter(|version| !version.is_empty());
        CallsiteData {
            scope: of_crate(scope, version, self.schema_url),
            function,
            attributes,
            count,
            max_length,
            tracer: CachedTracer::none(),
            #[cfg(debug_assertions)]
            lost_context_warned: AtomicBool::new(false),
        }
    }

    /// The attributes of the code location
    /// ([code attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)) and the level.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = KeyValue> + use<> {
        self.attributes_of(self.data().function)
    }

    fn attributes_of(&self, function: &'static str) -> impl Iterator<Item = KeyValue> + use<> {
        let place = self.place.file_and_line().map(|(file, line)| {
            [
                ("code.function.name", Value::from(function)),
                ("code.file.path", file.into()),
                ("code.line.number", i64::from(line).into()),
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
