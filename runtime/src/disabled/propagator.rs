//! The formats of headers with recording off: they have their names, and nothing is read or written.

/// A format of headers by which services tell each other what they are part of; with recording off, its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagator {
    /// `traceparent` and `tracestate`. By name `tracecontext`.
    TraceContext,
    /// `baggage`. By name `baggage`.
    Baggage,
    /// B3 in a single header. By name `b3`.
    B3,
    /// B3 in several headers. By name `b3multi`.
    B3Multi,
    /// Jaeger's own. By name `jaeger`.
    Jaeger,
}

impl Propagator {
    const ALL: [Self; 5] = [Self::TraceContext, Self::Baggage, Self::B3, Self::B3Multi, Self::Jaeger];

    /// Its name in `OTEL_PROPAGATORS`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|propagator| propagator.name() == name)
    }
}
