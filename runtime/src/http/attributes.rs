//! Attributes of requests and responses.

use http::{HeaderMap, StatusCode, Version, header};

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, Key, KeyValue};
use crate::span::{Exception, Outcome};

/// The longest text from a request that is recorded, in bytes: paths, queries, user agents, values of headers.
pub(crate) const MAX_TEXT_BYTES: usize = 1024;

/// The longest URL that is recorded, in bytes. It is longer, because the application itself has made most of them.
#[cfg(feature = "client")]
const MAX_URL_BYTES: usize = 4096;

/// Returns the beginning of a text from outside that is recorded.
pub(crate) fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

/// Returns the beginning of a URL that is recorded.
#[cfg(feature = "client")]
pub(crate) fn bounded_url(url: &str) -> &str {
    &url[..url.floor_char_boundary(MAX_URL_BYTES)]
}

/// Sets `http.response.status_code`.
pub(crate) fn record_status(context: &Context, status: StatusCode) {
    context.span().set_attribute(KeyValue::new(
        Key::from_static_str("http.response.status_code"),
        i64::from(status.as_u16()),
    ));
}

/// Returns whether a status is a failure to the client.
#[cfg(feature = "client")]
pub(crate) fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// The outcome of a request that failed with this status. It has no message: the code says all.
pub(crate) fn failed_with(status: StatusCode) -> Outcome<'static> {
    Outcome::failed(Exception::new(status.as_str().to_owned().into()))
}

/// Returns `network.protocol.version`.
pub(crate) fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// Returns the value of a header, if it is text.
pub(crate) fn header_text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the value of `content-length`.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    header_text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// A size in bytes as an attribute holds it.
pub(crate) fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
