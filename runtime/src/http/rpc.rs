//! gRPC, which is HTTP/2 with a path that names a method and a status at the end:
//! [conventions](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/).

use http::{HeaderMap, header};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};

use super::text;

/// What a method is called that a peer has made up.
pub(crate) const OTHER: &str = "_OTHER";

/// The longest name of a method that is recorded, in bytes.
const LONGEST_METHOD: usize = 255;

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Whether a message is one of gRPC's.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.as_bytes().strip_prefix(b"application/grpc"))
        // Not gRPC-Web, whose status is in the body.
        .is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'+' || byte == b';'))
}

/// `package.Service/Method`, from the path.
pub(crate) fn method(path: &str) -> Option<&str> {
    let method = path.strip_prefix('/')?;
    let is_one = method.len() <= LONGEST_METHOD
        && method.split_once('/').is_some_and(|(service, method)| {
            !service.is_empty() && !method.is_empty() && !method.contains('/')
        });
    is_one.then_some(method)
}

/// As much of a path as is recorded where it names no method.
#[cfg(feature = "server")]
pub(crate) fn original(path: &str) -> &str {
    let method = path.strip_prefix('/').unwrap_or(path);
    &method[..method.floor_char_boundary(LONGEST_METHOD)]
}

/// A status of gRPC's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(usize);

impl Status {
    #[cfg(feature = "server")]
    pub(crate) const UNIMPLEMENTED: Self = Self(12);
    #[cfg(feature = "server")]
    pub(crate) const INTERNAL: Self = Self(13);
    const UNKNOWN: Self = Self(2);

    /// What headers or trailers say. What is no status is `UNKNOWN`, as it is to gRPC itself.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        headers.contains_key("grpc-status").then(|| {
            let code = text(headers, "grpc-status").and_then(|code| code.parse().ok());
            code.filter(|&code| code < NAMES.len()).map_or(Self::UNKNOWN, Self)
        })
    }

    /// `rpc.status_code`
    pub(crate) fn name(self) -> &'static str {
        NAMES.get(self.0).copied().unwrap_or("UNKNOWN")
    }

    /// On a span.
    pub(crate) fn record(self, context: &Context) {
        context.span().set_attribute(KeyValue::new("rpc.status_code", self.name()));
    }

    #[cfg(feature = "client")]
    pub(crate) const fn is_failure_of_client(self) -> bool {
        self.0 != 0
    }

    /// Those that say that the server has not done what it should.
    #[cfg(feature = "server")]
    pub(crate) const fn is_failure_of_server(self) -> bool {
        matches!(self.0, 2 | 4 | 12 | 13 | 14 | 15)
    }
}
