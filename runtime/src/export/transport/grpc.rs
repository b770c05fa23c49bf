//! [OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc).

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use tonic::client::Grpc as Client;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use super::answer::retry_info;
use super::{Attempt, CONNECT_WITHIN, Compression, LARGEST_ANSWER, OtlpSettings, USER_AGENT};
use crate::diag;

/// A connection that has been silent for so long is asked whether it is alive…
const KEEPALIVE_AFTER: Duration = Duration::from_secs(20);
/// …and given up where it does not answer within this.
const KEEPALIVE_WITHIN: Duration = Duration::from_secs(5);

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

#[derive(Debug)]
pub(super) struct Grpc {
    channel: Channel,
    metadata: MetadataMap,
    timeout: Duration,
    compression: Option<CompressionEncoding>,
}

impl Grpc {
    pub(super) fn new(settings: OtlpSettings) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(settings.endpoint.to_string())?
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(KEEPALIVE_AFTER)
            .keep_alive_timeout(KEEPALIVE_WITHIN)
            .keep_alive_while_idle(false)
            .user_agent(USER_AGENT)?;
        #[cfg(feature = "tls")]
        let endpoint = if settings.endpoint.scheme() == "https" {
            endpoint.tls_config(tonic::transport::ClientTlsConfig::new().with_native_roots())?
        } else {
            endpoint
        };
        Ok(Self {
            channel: endpoint.connect_lazy(),
            metadata: MetadataMap::from_headers(settings.headers),
            timeout: settings.timeout,
            compression: settings.compression.map(|compression| match compression {
                Compression::Gzip => CompressionEncoding::Gzip,
                #[cfg(feature = "zstd")]
                Compression::Zstd => CompressionEncoding::Zstd,
            }),
        })
    }

    pub(super) fn send(&self, bytes: Bytes) -> impl Future<Output = Attempt> + use<> {
        let mut client = Client::new(self.channel.clone()).max_decoding_message_size(LARGEST_ANSWER);
        if let Some(compression) = self.compression {
            client = client.send_compressed(compression);
        }
        let mut request = tonic::Request::new(bytes);
        *request.metadata_mut() = self.metadata.clone();
        let within = self.timeout;
        // The collector is told as well, so that it can stop working on what nobody waits for.
        request.set_timeout(within);
        async move {
            let answer = tokio::time::timeout(within, async {
                client.ready().await.map_err(|error| Status::unavailable(diag::causes(&error)))?;
                client.unary(request, http::uri::PathAndQuery::from_static(PATH), PassThrough).await
            });
            match answer.await {
                Ok(Ok(answer)) => Attempt::taken(&answer.into_inner()),
                Ok(Err(status)) => refused(&status),
                Err(_) => Attempt::again(format!("no answer within {within:?}")),
            }
        }
    }
}

fn refused(status: &Status) -> Attempt {
    // tonic's own words for an answer that is none of gRPC: a proxy's page, or one that broke off. Nothing
    // else tells them from a collector's.
    const WITHOUT_A_STATUS: [&str; 3] = [
        "grpc-status header missing",
        "protocol error: missing grpc-status",
        "protocol error: received message with invalid compression flag",
    ];
    // And for an answer that is too large to be read: the batch has arrived all the same.
    const TOO_LARGE: &str = "Error, decoded message length too large";
    if status.code() == Code::OutOfRange && status.message().starts_with(TOO_LARGE) {
        return Attempt::taken(&[]);
    }
    let not_the_collector_s =
        status.source().is_some() || WITHOUT_A_STATUS.iter().any(|words| status.message().starts_with(words));
    let after = retry_info(status.details());
    let again = match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Aborted
        | Code::OutOfRange
        | Code::DataLoss => true,
        Code::ResourceExhausted => after.is_some(),
        // The connection broke, or what answers does not speak gRPC: the collector has said nothing.
        _ => not_the_collector_s,
    };
    let reason = match status.source() {
        Some(cause) => diag::causes(cause),
        None if status.message().is_empty() => format!("{:?}", status.code()),
        None => format!("{:?}: {}", status.code(), diag::shown(status.message())),
    };
    if again { Attempt::Again { reason, after } } else { Attempt::Rejected { reason } }
}

/// The request is encoded already, and the answer decoded elsewhere.
#[derive(Clone, Copy, Debug)]
struct PassThrough;

impl Codec for PassThrough {
    type Encode = Bytes;
    type Decode = Bytes;
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
        buffer.reserve(item.len());
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for PassThrough {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::tests::status_with_retry_info;
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
    }

    #[test]
    fn a_collector_that_asks_for_a_pause_gets_it() {
        for code in [Code::ResourceExhausted, Code::Unavailable] {
            let status = Status::with_details(code, "busy", status_with_retry_info(2_500).into());
            let Attempt::Again { after, .. } = refused(&status) else { panic!("{code:?}") };
            assert_eq!(after, Some(Duration::from_millis(2_500)));
        }
    }
}
