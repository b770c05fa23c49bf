//! A request's method as an attribute and as a part of a name.

use opentelemetry::KeyValue;

/// The methods of RFC 9110, and PATCH (RFC 5789).
const KNOWN: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// The longest unknown method that is recorded as it came, in bytes.
const LONGEST_ORIGINAL: usize = 64;

/// A method, known or not: whoever sends a request must not be able to make names and labels up.
#[derive(Clone, Copy)]
pub(crate) struct Method<'a> {
    given: &'a str,
    known: Option<&'static str>,
}

impl<'a> Method<'a> {
    pub(crate) fn new(method: &'a http::Method) -> Self {
        let given = method.as_str();
        Self { given, known: KNOWN.into_iter().find(|known| *known == given) }
    }

    /// What stands for the method in a span's name.
    pub(crate) fn in_name(self) -> &'static str {
        self.known.unwrap_or("HTTP")
    }

    /// `http.request.method`, and `http.request.method_original` for one that is not known.
    pub(crate) fn record(self, attributes: &mut Vec<KeyValue>) {
        attributes.push(KeyValue::new("http.request.method", self.known.unwrap_or("_OTHER")));
        if self.known.is_none() {
            let original: String = self.given.chars().take(LONGEST_ORIGINAL).collect();
            attributes.push(KeyValue::new("http.request.method_original", original));
        }
    }
}
