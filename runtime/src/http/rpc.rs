//! gRPC, which is HTTP/2 with a path that names a method and a status at the end:
//! [conventions](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/).

#[cfg(feature = "server")]
use std::collections::BTreeSet;
#[cfg(feature = "server")]
use std::sync::RwLock;

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};
use http::{HeaderMap, StatusCode, header};

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
    path.strip_prefix('/').filter(|method| is_method(method))
}

/// Whether it is `package.Service/Method`.
pub(crate) fn is_method(text: &str) -> bool {
    let is_pair =
        |(service, method): (&str, &str)| !service.is_empty() && !method.is_empty() && !method.contains('/');
    text.len() <= LONGEST_METHOD && text.split_once('/').is_some_and(is_pair)
}

/// The methods that have answered, in this process. As many as a program has, and no more than an attacker's patience.
#[cfg(feature = "server")]
static KNOWN: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

#[cfg(feature = "server")]
const MOST_KNOWN: usize = 1000;

/// Whether a method has answered before.
#[cfg(feature = "server")]
pub(crate) fn is_known(method: &str) -> bool {
    KNOWN.read().is_ok_and(|known| known.contains(method))
}

/// A method has answered by itself: with something that no one in front of it says.
#[cfg(feature = "server")]
pub(crate) fn learn(method: &str) {
    if let Ok(mut known) = KNOWN.write()
        && known.len() < MOST_KNOWN
    {
        known.insert(method.to_owned());
    }
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
    pub(crate) const INTERNAL: Self = Self(13);
    pub(crate) const UNKNOWN: Self = Self(2);

    /// What an answer without a status is, by [HTTP's](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).
    pub(crate) const fn of_http(status: StatusCode) -> Self {
        Self(match status.as_u16() {
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 | 502 | 503 | 504 => 14,
            _ => 2,
        })
    }

    /// Whether it is a method's own: a proxy or a layer in front says that nobody may, that nobody is there, or that it is too
    /// much.
    #[cfg(feature = "server")]
    pub(crate) const fn is_of_method(self) -> bool {
        !matches!(self.0, 1 | 7 | 8 | 12 | 14 | 16)
    }

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
