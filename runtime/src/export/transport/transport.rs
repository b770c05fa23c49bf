//! The connection to a collector, by either protocol.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;

use crate::export::transport::advice;
use crate::export::transport::connection_error::ConnectionErrors;
use crate::export::transport::grpc::GrpcClient;
#[cfg(feature = "otlp-http")]
use crate::export::transport::http::HttpClient;
use crate::export::transport::response::ExportResponse;
use crate::export::transport::settings::{OtlpSettings, Protocol};

/// The connection to a collector.
#[derive(Debug)]
pub(in crate::export) struct Transport {
    /// Without credentials and query, so that it can be logged.
    endpoint: String,
    protocol: Protocol,
    /// The values of the headers, which a response may quote.
    secrets: Rc<[String]>,
    client: OtlpClient,
}

#[derive(Debug)]
enum OtlpClient {
    Grpc(GrpcClient),
    #[cfg(feature = "otlp-http")]
    Http(HttpClient),
    /// The client cannot be set up, for this reason: no trusted certificates, for instance.
    Unusable(String),
}

impl Transport {
    /// Must be called inside of the exporter's runtime, which the connections live on.
    pub(in crate::export) fn new(settings: OtlpSettings) -> Self {
        let (endpoint, protocol) = (settings.shown_endpoint(), settings.protocol);
        let secrets = secrets(&settings);
        let errors = ConnectionErrors::new(&settings);
        let client = match settings.protocol {
            Protocol::Grpc => GrpcClient::new(settings, errors.clone())
                .map(OtlpClient::Grpc)
                .map_err(|error| errors.explain(&error)),
            #[cfg(feature = "otlp-http")]
            Protocol::Http => HttpClient::new(settings, errors.clone())
                .map(OtlpClient::Http)
                .map_err(|error| errors.explain(&error)),
        };
        Self { endpoint, protocol, secrets, client: client.unwrap_or_else(OtlpClient::Unusable) }
    }

    /// What to do about a failed request, if that is known.
    pub(in crate::export) fn advice(&self, reason: &str, is_retryable: bool) -> Option<&'static str> {
        advice::on(reason, self.protocol, is_retryable)
    }

    /// The collector's address, for messages.
    pub(in crate::export) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends one batch. The future owns all that it needs.
    pub(in crate::export) fn send(&self, bytes: Bytes) -> Pin<Box<dyn Future<Output = ExportResponse>>> {
        let secrets = Rc::clone(&self.secrets);
        match &self.client {
            OtlpClient::Grpc(client) => {
                let response = client.send(bytes);
                Box::pin(async move { response.await.without(&secrets) })
            }
            #[cfg(feature = "otlp-http")]
            OtlpClient::Http(client) => {
                let response = client.send(bytes);
                Box::pin(async move { response.await.without(&secrets) })
            }
            OtlpClient::Unusable(why) => {
                Box::pin(std::future::ready(ExportResponse::Unanswered { reason: why.clone() }))
            }
        }
    }
}

/// The values of the headers, and the parts of them: `Bearer abc` may be quoted as `abc`. Short ones are no keys.
fn secrets(settings: &OtlpSettings) -> Rc<[String]> {
    const SHORT: usize = 4;
    let values = settings.headers.values().filter_map(|value| value.to_str().ok());
    let parts = values.flat_map(|value| std::iter::once(value).chain(value.split(' ')));
    let mut secrets: Vec<String> = parts.filter(|part| part.len() >= SHORT).map(ToOwned::to_owned).collect();
    // The longest first, so that nothing is left of them.
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets.into()
}
