//! What a format's file says about the format.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};

/// The description of a propagation format: the one thing that its file exports.
pub(super) struct PropagationFormat {
    /// The headers that the format writes.
    pub(super) headers: &'static [Header],
    /// Other headers of the format, which it only reads. Old ones are removed when a context is injected.
    pub(super) read_only_headers: &'static [(&'static str, HeaderContent)],
    /// What the names of its baggage headers begin with, if baggage has a header for each key.
    pub(super) baggage_prefix: Option<&'static str>,
    /// Writes the headers.
    pub(super) inject: fn(&Context, &mut dyn Injector),
    /// Reads the headers. Returns the context with what they say; `None` if they are missing or malformed.
    pub(super) extract: fn(&Context, &dyn Extractor) -> Option<Context>,
}

/// A header of a format.
pub(super) struct Header {
    /// Its name, in lowercase.
    pub(super) name: &'static str,
    pub(super) content: HeaderContent,
    /// The name, prebuilt: it costs more to make one than to look it up.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(super) http: http::HeaderName,
}

/// What a header is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderContent {
    Trace,
    Baggage,
}

impl Header {
    /// A header that identifies a trace.
    pub(super) const fn trace(name: &'static str) -> Self {
        Self::new(name, HeaderContent::Trace)
    }

    /// A header that holds baggage.
    pub(super) const fn baggage(name: &'static str) -> Self {
        Self::new(name, HeaderContent::Baggage)
    }

    const fn new(name: &'static str, content: HeaderContent) -> Self {
        Self {
            name,
            content,
            #[cfg(any(feature = "client", feature = "server"))]
            http: http::HeaderName::from_static(name),
        }
    }
}
