//! OTLP over gRPC: one batch's bytes to a collector, and what its answer means.
//! [OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc).

use std::error::Error as _;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use super::encode;
use crate::diag;
use crate::engine::SpanRecord;

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A connection that has been silent for so long is asked whether it is alive…
const KEEPALIVE_AFTER: Duration = Duration::from_secs(20);
/// …and given up where it does not answer within this.
const KEEPALIVE_WITHIN: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes: it holds a number and a message.
const LARGEST_ANSWER: usize = 64 * 1024;

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Where and how to send.
#[derive(Clone, Debug)]
pub(crate) struct OtlpSettings {
    /// `http://…` or `https://…`, checked before.
    pub(crate) endpoint: url::Url,
    /// Sent along with every request.
    pub(crate) metadata: MetadataMap,
    /// How long a request may take.
    pub(crate) timeout: Duration,
    /// Whether requests are compressed with gzip.
    pub(crate) gzip: bool,
}

/// A collector.
#[derive(Debug)]
pub(crate) struct Otlp {
    settings: OtlpSettings,
    resource: Resource,
    channel: Channel,
}

/// What became of a batch.
#[derive(Debug)]
pub(super) enum Attempt {
    /// Taken, but for so many of its spans.
    Taken { rejected: u64, message: String },
    /// Not taken now; the same bytes may be sent again.
    Again { reason: String },
    /// Will never be taken.
    Rejected { reason: String },
}

impl Otlp {
    /// Must be called within the exporter's runtime: the connection lives on it.
    pub(crate) fn new(
        settings: OtlpSettings,
        resource: &[KeyValue],
    ) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(settings.endpoint.to_string())?
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(KEEPALIVE_AFTER)
            .keep_alive_timeout(KEEPALIVE_WITHIN)
            .keep_alive_while_idle(false)
            .user_agent(concat!("spanwise/", env!("CARGO_PKG_VERSION")))?;
        #[cfg(feature = "tls")]
        let endpoint = if settings.endpoint.scheme() == "https" {
            endpoint.tls_config(tonic::transport::ClientTlsConfig::new().with_native_roots())?
        } else {
            endpoint
        };
        Ok(Self { channel: endpoint.connect_lazy(), resource: encode::resource(resource), settings })
    }

    /// Where the collector is, as it may be shown: no credentials, and no query that may hold some.
    pub(super) fn endpoint(&self) -> String {
        self.settings.endpoint.origin().ascii_serialization()
    }

    pub(super) fn encode(&self, spans: Vec<SpanRecord>) -> Bytes {
        encode::request(&self.resource, spans)
    }

    /// Sends one batch. The future owns what it needs.
    pub(super) fn send(&self, bytes: Bytes) -> impl Future<Output = Attempt> + use<> {
        let mut client = Grpc::new(self.channel.clone()).max_decoding_message_size(LARGEST_ANSWER);
        if self.settings.gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        let mut request = tonic::Request::new(bytes);
        *request.metadata_mut() = self.settings.metadata.clone();
        let within = self.settings.timeout;
        // The collector is told as well, so that it can stop working on what nobody waits for.
        request.set_timeout(within);
        async move {
            let answer = tokio::time::timeout(within, async {
                client.ready().await.map_err(|error| Status::unavailable(diag::causes(&error)))?;
                client.unary(request, http::uri::PathAndQuery::from_static(PATH), PassThrough).await
            });
            match answer.await {
                Ok(Ok(answer)) => taken(answer.into_inner()),
                Ok(Err(status)) => refused(&status),
                Err(_) => Attempt::Again { reason: format!("no answer within {within:?}") },
            }
        }
    }
}

fn taken(answer: ExportTraceServiceResponse) -> Attempt {
    let partial = answer.partial_success.unwrap_or_default();
    Attempt::Taken {
        rejected: u64::try_from(partial.rejected_spans).unwrap_or_default(),
        message: partial.error_message,
    }
}

/// [Failures](https://opentelemetry.io/docs/specs/otlp/#failures): what may be sent again, and what not.
fn refused(status: &Status) -> Attempt {
    // tonic's own words for an answer without a gRPC status: a proxy's, or one that broke off. Nothing
    // else tells them from a collector's.
    const WITHOUT_A_STATUS: [&str; 2] = ["grpc-status header missing", "protocol error: missing grpc-status"];
    // And for an answer that is too large to be read: the batch has arrived all the same.
    const TOO_LARGE: &str = "Error, decoded message length too large";
    if status.code() == Code::OutOfRange && status.message().starts_with(TOO_LARGE) {
        return Attempt::Taken { rejected: 0, message: String::new() };
    }
    let not_the_collector_s =
        status.source().is_some() || WITHOUT_A_STATUS.iter().any(|words| status.message().starts_with(words));
    let again = match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Aborted
        | Code::OutOfRange
        | Code::DataLoss => true,
        Code::ResourceExhausted => promises_recovery(status.details()),
        // The connection broke, or what answers does not speak gRPC: the collector has said nothing.
        _ => not_the_collector_s,
    };
    let reason = match status.source() {
        Some(cause) => diag::causes(cause),
        None if status.message().is_empty() => format!("{:?}", status.code()),
        None => format!("{:?}: {}", status.code(), diag::shown(status.message())),
    };
    if again { Attempt::Again { reason } } else { Attempt::Rejected { reason } }
}

/// Whether the details of a status hold a `RetryInfo`, by its type's name.
fn promises_recovery(details: &[u8]) -> bool {
    const NAME: &[u8] = b"google.rpc.RetryInfo";
    details.windows(NAME.len()).any(|window| window == NAME)
}

/// The request is encoded already; the answer is decoded here.
#[derive(Clone, Copy, Debug)]
struct PassThrough;

impl Codec for PassThrough {
    type Encode = Bytes;
    type Decode = ExportTraceServiceResponse;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for PassThrough {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for PassThrough {
    type Item = ExportTraceServiceResponse;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        // The batch has arrived: an answer that cannot be read must not make it go twice.
        Ok(Some(ExportTraceServiceResponse::decode(bytes).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_be_sent_again(status: &Status) -> bool {
        matches!(refused(status), Attempt::Again { .. })
    }

    #[test]
    fn a_status_is_classified_as_the_specification_says() {
        for code in [
            Code::Unavailable,
            Code::DeadlineExceeded,
            Code::Cancelled,
            Code::Aborted,
            Code::OutOfRange,
            Code::DataLoss,
        ] {
            assert!(may_be_sent_again(&Status::new(code, "")), "{code:?}");
        }
        for code in [
            Code::InvalidArgument,
            Code::NotFound,
            Code::AlreadyExists,
            Code::PermissionDenied,
            Code::ResourceExhausted,
            Code::FailedPrecondition,
            Code::Unimplemented,
            Code::Internal,
            Code::Unauthenticated,
            Code::Unknown,
        ] {
            assert!(!may_be_sent_again(&Status::new(code, "")), "{code:?}");
        }
        let by_a_proxy = "grpc-status header missing, mapped from HTTP status code 404";
        assert!(may_be_sent_again(&Status::new(Code::Unimplemented, by_a_proxy)));
        let promised = Bytes::from_static(b"\x12\x28type.googleapis.com/google.rpc.RetryInfo");
        assert!(may_be_sent_again(&Status::with_details(Code::ResourceExhausted, "", promised)));
    }
}
