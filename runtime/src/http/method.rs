//! The method of a request, as an attribute and as a part of a span's name.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::span::LibrarySpanBuilder;

/// The methods of RFC 9110, PATCH (RFC 5789) and QUERY.
const DEFAULT_KNOWN: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "QUERY", "CONNECT", "TRACE"];

/// How much of an unknown method is recorded, in bytes.
const MAX_ORIGINAL_BYTES: usize = 64;

/// The methods of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, in place of the default ones.
static KNOWN: OnceLock<Vec<&'static str>> = OnceLock::new();

/// Sets the known methods of the process. Only the first call has an effect.
#[cfg(feature = "otlp")]
pub(crate) fn set_known(methods: Vec<String>) {
    KNOWN.get_or_init(|| methods.into_iter().map(|method| &*method.leak()).collect());
}

/// The method of a request. An unknown one is neither part of a span's name nor of a metric: a peer may have made it up.
#[derive(Clone, Copy)]
pub(crate) struct RequestMethod<'a> {
    given: &'a str,
    known: Option<&'static str>,
}

impl<'a> RequestMethod<'a> {
    pub(crate) fn new(method: &'a http::Method) -> Self {
        let given = method.as_str();
        let known = KNOWN.get().map_or(DEFAULT_KNOWN.as_slice(), Vec::as_slice);
        Self { given, known: known.iter().copied().find(|known| *known == given) }
    }

    /// Returns the method as a part of a span's name.
    pub(crate) fn in_name(self) -> &'static str {
        self.known.unwrap_or("HTTP")
    }

    /// Returns `http.request.method`.
    pub(crate) fn as_attribute(self) -> &'static str {
        self.known.unwrap_or("_OTHER")
    }

    /// Sets `http.request.method`, and `http.request.method_original` for an unknown one.
    pub(crate) fn record(self, span: &mut LibrarySpanBuilder<'_>) {
        span.text("http.request.method", self.as_attribute());
        if self.known.is_none() {
            // A method is ASCII.
            let length = self.given.len().min(MAX_ORIGINAL_BYTES);
            span.text("http.request.method_original", &self.given[..length]);
        }
    }

    /// Returns the span's name: the method, and the route or the URL template if there is one.
    pub(crate) fn name(self, target: Option<&str>) -> Cow<'static, str> {
        match target {
            Some(target) => [self.in_name(), " ", target].concat().into(),
            None => self.in_name().into(),
        }
    }
}
