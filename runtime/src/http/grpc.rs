//! gRPC: HTTP/2 with a path that names a method, and a status at the end.
//! [Conventions](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/).

#[cfg(feature = "server")]
use std::collections::BTreeSet;
#[cfg(feature = "server")]
use std::sync::RwLock;

use http::{HeaderMap, StatusCode, header};

use super::attributes::header_text;
use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};

/// The `rpc.method` of a method that is not known: a peer may have made it up.
pub(crate) const OTHER: &str = "_OTHER";

/// The longest name of a method that is recorded, in bytes.
const MAX_METHOD_BYTES: usize = 255;

/// The names of the statuses, by their codes.
const STATUS_NAMES: [&str; 17] = [
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

/// Returns whether a message is a gRPC message, by its content type.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.as_bytes().strip_prefix(b"application/grpc"))
        // Not gRPC-Web: its status is in the body.
        .is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'+' || byte == b';'))
}

/// Returns `package.Service/Method`, from the path.
pub(crate) fn method(path: &str) -> Option<&str> {
    path.strip_prefix('/').filter(|method| is_method(method))
}

/// Returns whether a text has the form `package.Service/Method`.
pub(crate) fn is_method(text: &str) -> bool {
    let is_pair =
        |(service, method): (&str, &str)| !service.is_empty() && !method.is_empty() && !method.contains('/');
    text.len() <= MAX_METHOD_BYTES && text.split_once('/').is_some_and(is_pair)
}

/// The methods that have replied in this process. The number is bounded, in case a peer makes names up.
#[cfg(feature = "server")]
static KNOWN_METHODS: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

#[cfg(feature = "server")]
const MAX_KNOWN_METHODS: usize = 1000;

/// Returns whether a method has replied before.
#[cfg(feature = "server")]
pub(crate) fn is_known(method: &str) -> bool {
    try_again(|| KNOWN_METHODS.try_read().ok()).is_some_and(|known| known.contains(method))
}

/// Other threads hold the lock for no time. But a fork may have copied one that is never released.
#[cfg(feature = "server")]
fn try_again<T>(lock: impl Fn() -> Option<T>) -> Option<T> {
    const MAX_TRIES: u32 = 10_000;
    (0..MAX_TRIES).find_map(|_| {
        let locked = lock();
        if locked.is_none() {
            std::thread::yield_now();
        }
        locked
    })
}

/// Notes that a method exists: it has replied with a status that no proxy or layer in front of it makes.
#[cfg(feature = "server")]
pub(crate) fn learn(method: &str) {
    if let Some(mut known) = try_again(|| KNOWN_METHODS.try_write().ok())
        && known.len() < MAX_KNOWN_METHODS
    {
        known.insert(method.to_owned());
    }
}

/// Returns `rpc.method_original`: the beginning of a path that is not a known method.
#[cfg(feature = "server")]
pub(crate) fn original(path: &str) -> &str {
    let method = path.strip_prefix('/').unwrap_or(path);
    &method[..method.floor_char_boundary(MAX_METHOD_BYTES)]
}

/// A gRPC status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrpcStatus(usize);

impl GrpcStatus {
    #[cfg(feature = "server")]
    pub(crate) const INTERNAL: Self = Self(13);
    pub(crate) const UNKNOWN: Self = Self(2);

    /// The status of a response that has no gRPC status, by [its HTTP status](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).
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

    /// Returns whether only the method itself replies with this status. Proxies and layers in front of it reply that a request is
    /// canceled, not permitted, not implemented, unavailable, or too much.
    #[cfg(feature = "server")]
    pub(crate) const fn is_of_method(self) -> bool {
        !matches!(self.0, 1 | 7 | 8 | 12 | 14 | 16)
    }

    /// Returns the status in headers or trailers. One that cannot be read is `UNKNOWN`, as it is to gRPC itself.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        headers.contains_key("grpc-status").then(|| {
            let code = header_text(headers, "grpc-status").and_then(|code| code.parse().ok());
            code.filter(|&code| code < STATUS_NAMES.len()).map_or(Self::UNKNOWN, Self)
        })
    }

    /// Returns `rpc.status_code`.
    pub(crate) fn name(self) -> &'static str {
        STATUS_NAMES.get(self.0).copied().unwrap_or("UNKNOWN")
    }

    /// Sets `rpc.status_code`.
    pub(crate) fn record(self, context: &Context) {
        context.span().set_attribute(KeyValue::new("rpc.status_code", self.name()));
    }

    #[cfg(feature = "client")]
    pub(crate) const fn is_failure_of_client(self) -> bool {
        self.0 != 0
    }

    /// Returns whether the status says that the server has failed. The other statuses are failures of the client only.
    #[cfg(feature = "server")]
    pub(crate) const fn is_failure_of_server(self) -> bool {
        matches!(self.0, 2 | 4 | 12 | 13 | 14 | 15)
    }
}
