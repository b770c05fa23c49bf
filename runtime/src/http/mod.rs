//! The semantic conventions of [HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/) and
//! [RPC](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/), shared by client and server: methods, redaction,
//! headers, sizes, statuses. What is recorded when stands in [the table](crate::conventions).

mod headers;
mod method;
mod metrics;
mod redact;
mod request_span;
pub(crate) mod rpc;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use headers::{Headers, Of};
pub(crate) use method::Method;
#[cfg(feature = "otlp")]
pub(crate) use method::set_known as set_known_methods;
pub(crate) use metrics::Measurement;
pub(crate) use redact::Redaction;
pub use request_span::RequestSpan;
pub(crate) use settings::{Ask, Common, Kind, Shared, Tell};

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, Key, KeyValue};
use http::{HeaderMap, header};

use crate::span::{Exception, Outcome};

/// The longest text from a request that is recorded, in bytes: paths, queries, user agents, values of headers.
pub(crate) const LONGEST: usize = 1024;

/// The longest URL; most are the application's own.
#[cfg(feature = "client")]
const LONGEST_URL: usize = 4096;

/// As much of a text from outside as is recorded.
pub(crate) fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// As much of a URL as is recorded.
#[cfg(feature = "client")]
pub(crate) fn bounded_url(url: &str) -> &str {
    &url[..url.floor_char_boundary(LONGEST_URL)]
}

/// `http.response.status_code`
pub(crate) fn record_status(context: &Context, status: http::StatusCode) {
    context.span().set_attribute(KeyValue::new(
        Key::from_static_str("http.response.status_code"),
        i64::from(status.as_u16()),
    ));
}

/// A status that is a failure. Without a message: the code says it all.
pub(crate) fn failed_with(status: http::StatusCode) -> Outcome<'static> {
    Outcome::failed(Exception::new(status.as_str().to_owned().into()))
}

/// `network.protocol.version`
pub(crate) fn protocol_version(version: http::Version) -> Option<&'static str> {
    match version {
        http::Version::HTTP_09 => Some("0.9"),
        http::Version::HTTP_10 => Some("1.0"),
        http::Version::HTTP_11 => Some("1.1"),
        http::Version::HTTP_2 => Some("2"),
        http::Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// A header's text, where it is one.
pub(crate) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// What `content-length` says.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// A size as an attribute holds it.
pub(crate) fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
