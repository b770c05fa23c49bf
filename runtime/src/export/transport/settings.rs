//! Where and how to send.

use std::time::Duration;

use crate::export::transport::compression::Compression;
use crate::export::transport::tls::Tls;

/// The largest response that is read, in bytes. A larger one does not count as an acceptance
/// ([OTLP](https://opentelemetry.io/docs/specs/otlp/)).
pub(super) const MAX_RESPONSE_BYTES: usize = 4 << 20;
/// How long a connection may take to be made.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The `User-Agent` of all requests.
pub(super) const USER_AGENT: &str = concat!("spanwise/", env!("CARGO_PKG_VERSION"));

/// The transport of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    #[cfg(feature = "otlp-http")]
    Http,
}

/// Where and how to send.
#[derive(Clone, Debug)]
pub(crate) struct OtlpSettings {
    pub(crate) protocol: Protocol,
    /// `http://…` or `https://…`, which was checked before. For HTTP it has the whole path.
    pub(crate) endpoint: url::Url,
    /// Sent with every request.
    pub(crate) headers: ::http::HeaderMap,
    /// How long one request may take.
    pub(crate) timeout: Duration,
    pub(crate) compression: Option<Compression>,
    #[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "only TLS uses it"))]
    pub(crate) tls: Tls,
}

impl OtlpSettings {
    /// The address for messages: without credentials and query, and over gRPC without a path, which is not used.
    pub(crate) fn shown_endpoint(&self) -> String {
        let origin = self.endpoint.origin().ascii_serialization();
        match self.protocol {
            Protocol::Grpc => origin,
            #[cfg(feature = "otlp-http")]
            Protocol::Http => format!("{origin}{}", self.endpoint.path()),
        }
    }
}
