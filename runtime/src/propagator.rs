//! The propagation formats, in one table. It is compiled with recording off, too: then programs can name a format, and nothing is
//! read or written.

/// The table of propagation formats. To add one, write its file in `propagation/` and add its row here.
///
/// A row has the variant of [`Propagator`] with its documentation, the name in `OTEL_PROPAGATORS`, and the format's description
/// in `propagation/`.
macro_rules! propagators {
    ($use_table:ident) => {
        $use_table! {
            /// `traceparent` and `tracestate`: [W3C Trace Context, level 2](https://www.w3.org/TR/trace-context-2/). Its name
            /// is `tracecontext`.
            ///
            /// A malformed `tracestate` is ignored, and the trace continues. A `traceparent` of a later version is read as far
            /// as this version defines it. Of a `tracestate` up to 512 characters are passed on: members of more than 128 are
            /// dropped first, then the last ones. Keys with two `@`, or with more than 13 characters after the `@`, which
            /// OpenTelemetry's `TraceState` cannot hold, are passed on, and are not in the exported spans.
            TraceContext "tracecontext" => trace_context::FORMAT;

            /// `baggage`: [W3C Baggage](https://www.w3.org/TR/baggage/) with its properties; at most 64 members and 8192
            /// bytes. Its name is `baggage`.
            Baggage "baggage" => baggage::FORMAT;

            /// `b3`: [B3](https://github.com/openzipkin/b3-propagation) in a single header. Its name is `b3`.
            ///
            /// Without a `b3` header, the multiple headers are read. If a caller defers the sampling decision, the sampler
            /// decides as for a root span. A provider that the application brings sees such a caller as sampled. `b3: 0` alone
            /// starts a trace that is not sampled.
            B3 "b3" => b3::SINGLE_FORMAT;

            /// `x-b3-traceid` and so on: B3 in multiple headers. Its name is `b3multi`. The single header is read, too.
            B3Multi "b3multi" => b3::MULTI_FORMAT;

            /// `uber-trace-id`, and `uberctx-…` for baggage: the
            /// [Jaeger format](https://www.jaegertracing.io/sdk-migration/#propagation-format). Its name is `jaeger`.
            ///
            /// Header names are lowercase, so baggage keys become lowercase.
            Jaeger "jaeger" => jaeger::FORMAT;
        }
    };
}
#[cfg(feature = "record")]
pub(crate) use propagators;

macro_rules! define_propagator {
    ($($(#[$doc:meta])+ $variant:ident $name:literal => $module:ident::$format:ident;)+) => {
        /// A propagation format: the headers in which services pass on the trace and the baggage.
        ///
        /// All formats are strict about what they read, and bounded. A malformed header is ignored: the request starts a new
        /// trace, and the first malformed header of its name is reported on standard error. A missing header is not reported.
        ///
        /// [`init`](crate::init) reads the list of formats from `OTEL_PROPAGATORS`;
        /// [`Builder::propagators`](crate::Builder::propagators) sets it in code. An application that brings its own provider
        /// sets the propagator itself:
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
            $($(#[$doc])+ $variant,)+
        }

        impl Propagator {
            pub(crate) const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// What a warning says of a name that `OTEL_PROPAGATORS` does not know.
            #[cfg(feature = "otlp")]
            pub(crate) const UNKNOWN_NAME: &str = concat!("is not one of ", $($name, ", ",)+ "none");

            /// All names, for the documentation of `OTEL_PROPAGATORS`.
            #[cfg(feature = "otlp")]
            pub(crate) const DOCUMENTED_NAMES: &str =
                concat!("`tracecontext,baggage`; a list of ", $("`", $name, "`, ",)+ "or `none`");

            /// Returns the format's name in `OTEL_PROPAGATORS`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

propagators!(define_propagator);

impl Propagator {
    /// Returns the format with this name; `None` for an unknown name. Names are lowercase.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|propagator| propagator.name() == name)
    }
}
