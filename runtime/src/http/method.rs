//! A request's method as an attribute and as a part of a name.

use std::sync::OnceLock;

use crate::span::LibrarySpanBuilder;

/// The methods of RFC 9110, PATCH (RFC 5789) and QUERY.
const KNOWN: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "QUERY", "CONNECT", "TRACE"];

/// The longest unknown method that is recorded as it came, in bytes.
const LONGEST_ORIGINAL: usize = 64;

/// Those of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, in place of the others.
static SET: OnceLock<Vec<&'static str>> = OnceLock::new();

/// From now on these are the known methods. Once in a process.
#[cfg(feature = "otlp")]
pub(crate) fn set_known(methods: Vec<String>) {
    SET.get_or_init(|| methods.into_iter().map(|method| &*method.leak()).collect());
}

/// A method, known or not: whoever sends a request must not be able to make names and labels up.
#[derive(Clone, Copy)]
pub(crate) struct Method<'a> {
    given: &'a str,
    known: Option<&'static str>,
}

impl<'a> Method<'a> {
    pub(crate) fn new(method: &'a http::Method) -> Self {
        let given = method.as_str();
        let known = SET.get().map_or(KNOWN.as_slice(), Vec::as_slice);
        Self { given, known: known.iter().copied().find(|known| *known == given) }
    }

    /// What stands for the method in a span's name.
    pub(crate) fn in_name(self) -> &'static str {
        self.known.unwrap_or("HTTP")
    }

    /// What stands for the method in `http.request.method`.
    pub(crate) fn as_attribute(self) -> &'static str {
        self.known.unwrap_or("_OTHER")
    }

    /// `http.request.method`, and `http.request.method_original` for one that is not known.
    pub(crate) fn record(self, span: &mut LibrarySpanBuilder<'_>) {
        span.text("http.request.method", self.as_attribute());
        if self.known.is_none() {
            // A token is ASCII.
            let length = self.given.len().min(LONGEST_ORIGINAL);
            span.text("http.request.method_original", &self.given[..length]);
        }
    }

    /// A span's name: the method, and what it was asked of, if that is one of few.
    pub(crate) fn name(self, target: Option<&str>) -> std::borrow::Cow<'static, str> {
        match target {
            Some(target) => [self.in_name(), " ", target].concat().into(),
            None => self.in_name().into(),
        }
    }
}
