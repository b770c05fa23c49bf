//! The connection to a collector, by either protocol.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::export::transport::connection_error::ConnectionErrors;
use crate::export::transport::grpc::GrpcClient;
#[cfg(feature = "otlp-http")]
use crate::export::transport::http::HttpClient;
use crate::export::transport::response::ExportResponse;
use crate::export::transport::settings::{OtlpSettings, Protocol};

/// The connection to a collector.
#[derive(Debug)]
pub(in crate::export) struct Transport {
    /// Without credentials, path and query, so that it can be logged.
    endpoint: String,
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
        let endpoint = settings.endpoint.origin().ascii_serialization();
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
        Self { endpoint, client: client.unwrap_or_else(OtlpClient::Unusable) }
    }

    /// The collector's address, for messages.
    pub(in crate::export) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends one batch. The future owns all that it needs.
    pub(in crate::export) fn send(&self, bytes: Bytes) -> Pin<Box<dyn Future<Output = ExportResponse>>> {
        match &self.client {
            OtlpClient::Grpc(client) => Box::pin(client.send(bytes)),
            #[cfg(feature = "otlp-http")]
            OtlpClient::Http(client) => Box::pin(client.send(bytes)),
            OtlpClient::Unusable(why) => {
                Box::pin(std::future::ready(ExportResponse::Unanswered { reason: why.clone() }))
            }
        }
    }
}
