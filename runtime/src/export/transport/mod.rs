//! Ways to a collector: one batch's bytes there, and what its answer means.

mod answer;
mod compression;
mod grpc;
#[cfg(feature = "otlp-http")]
mod http;
mod tls;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

pub(super) use answer::Attempt;
pub(crate) use compression::Compression;
use tls::Teller;
pub(crate) use tls::Tls;

/// The largest answer that is read, in bytes: it holds a number and a message.
const LARGEST_ANSWER: usize = 64 * 1024;
/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Whom the collector talks to.
const USER_AGENT: &str = concat!("spanwise/", env!("CARGO_PKG_VERSION"));

/// How OTLP is spoken.
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
    /// `http://…` or `https://…`, checked before; over HTTP with the whole path.
    pub(crate) endpoint: url::Url,
    /// Sent along with every request.
    pub(crate) headers: ::http::HeaderMap,
    /// How long a request may take.
    pub(crate) timeout: Duration,
    pub(crate) compression: Option<Compression>,
    #[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "there is none to use it"))]
    pub(crate) tls: Tls,
}

/// A way to a collector.
#[derive(Debug)]
pub(super) struct Transport {
    /// As it may be shown: no credentials, and no query that may hold some.
    endpoint: String,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Grpc(grpc::Grpc),
    #[cfg(feature = "otlp-http")]
    Http(http::Http),
    /// There is none, and why: no certificates to trust, for instance.
    None(String),
}

impl Transport {
    /// Must be called within the exporter's runtime: the connections live on it.
    pub(super) fn new(settings: OtlpSettings) -> Self {
        let endpoint = settings.endpoint.origin().ascii_serialization();
        let teller = Teller::new(&settings);
        let way = match settings.protocol {
            Protocol::Grpc => {
                grpc::Grpc::new(settings, teller.clone()).map(Way::Grpc).map_err(|error| teller.told(&error))
            }
            #[cfg(feature = "otlp-http")]
            Protocol::Http => {
                http::Http::new(settings, teller.clone()).map(Way::Http).map_err(|error| teller.told(&error))
            }
        };
        Self { endpoint, way: way.unwrap_or_else(Way::None) }
    }

    /// Where the collector is.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends one batch. The future owns what it needs.
    pub(super) fn send(&self, bytes: Bytes) -> Pin<Box<dyn Future<Output = Attempt>>> {
        match &self.way {
            Way::Grpc(grpc) => Box::pin(grpc.send(bytes)),
            #[cfg(feature = "otlp-http")]
            Way::Http(http) => Box::pin(http.send(bytes)),
            Way::None(why) => Box::pin(std::future::ready(Attempt::again(why.clone()))),
        }
    }
}
