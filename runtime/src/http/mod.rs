//! HTTP's [semantic conventions](https://opentelemetry.io/docs/specs/semconv/http/http-spans/), shared
//! by client and server: methods, redaction, statuses.

mod method;
mod redact;
#[cfg(test)]
mod tests;

pub(crate) use method::Method;
#[cfg(feature = "server")]
pub(crate) use redact::query as redacted_query;
#[cfg(feature = "client")]
pub(crate) use redact::url as redacted_url;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use crate::engine::Scope;
use crate::engine::door::NewSpan;
use crate::span::{Exception, Outcome};

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(|| {
    let scope = InstrumentationScope::builder("spanwise").with_version(env!("CARGO_PKG_VERSION"));
    Scope::new(scope.with_schema_url(crate::SCHEMA_URL).build())
});

/// A span of Spanwise's own instrumentation, about to start.
pub(crate) fn new_span(
    name: impl Into<Cow<'static, str>>,
    kind: SpanKind,
    attributes: Vec<KeyValue>,
) -> NewSpan {
    NewSpan {
        name: name.into(),
        rename: None,
        kind,
        attributes,
        links: Vec::new(),
        events: Vec::new(),
        start: None,
        scope: Arc::clone(&SCOPE),
    }
}

/// `http.response.status_code`
pub(crate) fn record_status(context: &Context, status: http::StatusCode) {
    context.span().set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
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
