//! The formats of headers, by name. There with recording off too, for programs that name one: then nothing is read or written.

/// A format of headers by which services tell each other what they are part of.
///
/// All are strict on what they read, silent where their header is absent, and bounded. A header that breaks its
/// format is as if it were not there: the request starts a new trace, and the first such header of the process is
/// told on standard error.
///
/// [`init`](crate::init) reads the list of them from `OTEL_PROPAGATORS`, and [`Builder::propagators`](crate::Builder::propagators)
/// takes one. Where the application brings its own provider, it sets them itself:
///
/// ```
/// use spanwise::Propagator;
///
/// opentelemetry::global::set_text_map_propagator(Propagator::B3);
/// ```
///
/// [Propagators](https://opentelemetry.io/docs/specs/otel/context/api-propagators/) in the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagator {
    /// `traceparent` and `tracestate`: [W3C trace context, level 2](https://www.w3.org/TR/trace-context-2/). By name
    /// `tracecontext`.
    ///
    /// A broken `tracestate` is left out and the trace goes on; a `traceparent` from a future version is read as
    /// far as this one goes. OpenTelemetry's type cannot hold a key with two `@`, or with more than 13 characters
    /// after one, which level 2 allows: such a member is left out.
    TraceContext,
    /// `baggage`: [W3C baggage](https://www.w3.org/TR/baggage/), with its properties; up to 64 members and 8192 bytes.
    /// By name `baggage`.
    Baggage,
    /// `b3`: [B3](https://github.com/openzipkin/b3-propagation) in a single header. By name `b3`.
    ///
    /// Reads the several headers, too, where there is no single one. A caller that leaves the decision on sampling to
    /// us is asked about by the sampler as if the trace began here; where the application brings its own provider, that
    /// is taken for a yes. `b3: 0` alone starts a trace that is not sampled.
    B3,
    /// `x-b3-traceid` and so on: B3 in several headers. By name `b3multi`. Reads the single one, too.
    B3Multi,
    /// `uber-trace-id`, and `uberctx-…` for baggage:
    /// [Jaeger's own](https://www.jaegertracing.io/sdk-migration/#propagation-format). By name `jaeger`.
    ///
    /// Names of headers have no capitals, so that the keys of baggage lose theirs.
    Jaeger,
}

impl Propagator {
    pub(crate) const ALL: [Self; 5] =
        [Self::TraceContext, Self::Baggage, Self::B3, Self::B3Multi, Self::Jaeger];

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
