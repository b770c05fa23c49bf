//! [OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): unary calls over tonic's channel. tonic's own
//! client is not used: it would copy the message, which is encoded already.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue, TE};
use http::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use http_body::{Body as _, Frame, SizeHint};
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower_service::Service as _;

use crate::diag;
use crate::export::transport::compression::Compression;
use crate::export::transport::connection_error::ConnectionErrors;
use crate::export::transport::response::{ExportResponse, redirected, retry_delay, says_too_large};
use crate::export::transport::settings::{CONNECT_TIMEOUT, MAX_RESPONSE_BYTES, OtlpSettings, USER_AGENT};

/// A connection that was silent for this long is pinged.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// A connection that does not respond to a ping in this time is closed.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

#[derive(Debug)]
pub(super) struct GrpcClient {
    channel: Channel,
    headers: HeaderMap,
    timeout: Duration,
    compression: Option<Compression>,
    errors: ConnectionErrors,
}

impl GrpcClient {
    pub(super) fn new(
        settings: OtlpSettings,
        errors: ConnectionErrors,
    ) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(settings.endpoint.to_string())?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(false)
            .user_agent(USER_AGENT)?;
        #[cfg(feature = "tls")]
        let endpoint = if settings.endpoint.scheme() == "https" {
            endpoint.tls_config(settings.tls.grpc())?
        } else {
            endpoint
        };
        let mut headers = settings.headers;
        headers.insert(CONTENT_TYPE, GRPC);
        headers.insert(TE, HeaderValue::from_static("trailers"));
        if let Some(compression) = settings.compression {
            headers.insert("grpc-encoding", HeaderValue::from_static(compression.name()));
        }
        // The collector gets the timeout too, so that it can stop working when nobody waits any more. The value has at most
        // eight digits.
        let millis = settings.timeout.as_millis().min(99_999_999);
        if let Ok(timeout) = HeaderValue::try_from(format!("{millis}m")) {
            headers.insert("grpc-timeout", timeout);
        }
        Ok(Self {
            channel: endpoint.connect_lazy(),
            headers,
            timeout: settings.timeout,
            compression: settings.compression,
            errors,
        })
    }

    pub(super) fn send(&self, bytes: Bytes) -> impl Future<Output = ExportResponse> + use<> {
        let mut channel = self.channel.clone();
        let message = GrpcMessage::new(bytes, self.compression);
        let headers = self.headers.clone();
        let timeout = self.timeout;
        let errors = self.errors.clone();
        async move {
            let message = match message {
                Ok(message) => message,
                Err(error) => {
                    return ExportResponse::Rejected {
                        reason: format!("the request cannot be compressed: {error}"),
                    };
                }
            };
            let mut request = Request::new(Body::new(message));
            *request.method_mut() = http::Method::POST;
            *request.uri_mut() = Uri::from_static(PATH);
            *request.version_mut() = Version::HTTP_2;
            *request.headers_mut() = headers;
            let response = async {
                std::future::poll_fn(|task| channel.poll_ready(task)).await?;
                let response = channel.call(request).await?;
                errors.note_response();
                Ok::<_, tonic::transport::Error>(classify(response, &errors).await)
            };
            match tokio::time::timeout(timeout, response).await {
                Ok(Ok(attempt)) => attempt,
                Ok(Err(error)) => ExportResponse::Disconnected { reason: errors.explain(&error) },
                Err(_) => ExportResponse::Unanswered { reason: format!("no answer within {timeout:?}") },
            }
        }
    }
}

async fn classify(response: Response<Body>, errors: &ConnectionErrors) -> ExportResponse {
    let (head, body) = response.into_parts();
    // A response without a message may have the status in its headers.
    let (message, trailers) = match Status::from_header_map(&head.headers) {
        Some(status) => return classify_status(&status, &[]),
        None => match read(body).await {
            Ok(read) => read,
            Err(ReadError::Broken(error)) => {
                return ExportResponse::Disconnected { reason: errors.explain(&error) };
            }
            Err(ReadError::TooLong) => {
                return ExportResponse::refused(format!(
                    "the response is larger than {MAX_RESPONSE_BYTES} bytes"
                ));
            }
        },
    };
    match trailers.as_ref().and_then(Status::from_header_map) {
        Some(status) => classify_status(&status, &message),
        // These are about the batch, even if it is a proxy that responds: it would be rejected again.
        None if head.status == StatusCode::PAYLOAD_TOO_LARGE => {
            ExportResponse::TooLarge { reason: head.status.to_string() }
        }
        None if head.status == StatusCode::BAD_REQUEST => {
            ExportResponse::Rejected { reason: head.status.to_string() }
        }
        // The server does not speak gRPC, or the response broke off: this is not the collector's decision.
        None if head.status.is_redirection() => {
            ExportResponse::refused(redirected(head.status, &head.headers))
        }
        None if head.status != StatusCode::OK => {
            ExportResponse::refused(format!("the response is {} and has no gRPC status", head.status))
        }
        None => ExportResponse::Unanswered { reason: "the response has no gRPC status".to_owned() },
    }
}

/// Why a response cannot be read.
enum ReadError {
    Broken(Status),
    TooLong,
}

/// The message and the trailers.
async fn read(body: Body) -> Result<(Bytes, Option<HeaderMap>), ReadError> {
    let mut body = std::pin::pin!(body);
    let (mut data, mut trailers) = (BytesMut::new(), None);
    while let Some(frame) = std::future::poll_fn(|task| body.as_mut().poll_frame(task)).await {
        match frame.map_err(ReadError::Broken)?.into_data() {
            Ok(more) if data.len() + more.len() <= MAX_RESPONSE_BYTES => data.extend_from_slice(&more),
            Ok(_) => return Err(ReadError::TooLong),
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    // The first byte says that it is not compressed, which we did not ask for; the length follows.
    let message = match data.split_first_chunk::<5>() {
        Some(([0, length @ ..], message)) => {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            message.get(..length).map(Bytes::copy_from_slice).unwrap_or_default()
        }
        _ => Bytes::new(),
    };
    Ok((message, trailers))
}

fn classify_status(status: &Status, message: &[u8]) -> ExportResponse {
    let after = retry_delay(status.details());
    let is_retryable = match status.code() {
        Code::Ok => return ExportResponse::accepted(message),
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Aborted
        | Code::OutOfRange
        | Code::DataLoss => true,
        Code::ResourceExhausted => after.is_some(),
        _ => false,
    };
    let reason = match status.message() {
        "" => format!("{:?}", status.code()),
        message => format!("{:?}: {}", status.code(), diag::escaped(message)),
    };
    if status.code() != Code::Unavailable && says_too_large(status.message().as_bytes()) {
        ExportResponse::TooLarge { reason }
    } else if is_retryable {
        ExportResponse::Refused { reason, after }
    } else {
        ExportResponse::Rejected { reason }
    }
}

/// A [message](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests), prefixed with its length.
#[derive(Debug)]
struct GrpcMessage(VecDeque<Bytes>);

impl GrpcMessage {
    fn new(bytes: Bytes, compression: Option<Compression>) -> std::io::Result<Self> {
        let (is_compressed, bytes) = match compression {
            Some(compression) => (1, compression.compress(&bytes)?),
            None => (0, bytes),
        };
        let length = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
        let mut prefix = BytesMut::with_capacity(5);
        prefix.extend_from_slice(&[is_compressed]);
        prefix.extend_from_slice(&length.to_be_bytes());
        Ok(Self(VecDeque::from([prefix.freeze(), bytes])))
    }
}

impl http_body::Body for GrpcMessage {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|bytes| bytes.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::transport::response::tests::status_with_retry_info;

    fn is_retryable(status: &Status) -> bool {
        matches!(classify_status(status, &[]), ExportResponse::Refused { .. })
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
            assert!(is_retryable(&Status::new(code, "")), "{code:?}");
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
            assert!(!is_retryable(&Status::new(code, "")), "{code:?}");
        }
    }

    #[test]
    fn a_status_about_the_size_is_known_by_its_words() {
        let is_size = |code, message: &str| {
            matches!(classify_status(&Status::new(code, message), &[]), ExportResponse::TooLarge { .. })
        };
        for (code, message) in [
            (
                Code::OutOfRange,
                "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes",
            ),
            (Code::ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"),
            (Code::ResourceExhausted, "grpc: received message after decompression larger than max 4"),
            (Code::ResourceExhausted, "gRPC message exceeds maximum size 4: 5"),
            (Code::ResourceExhausted, "Received message exceeds the maximum configured message size."),
            (Code::InvalidArgument, "http: request body too large"),
        ] {
            assert!(is_size(code, message), "{message}");
        }
        assert!(!is_size(Code::ResourceExhausted, "quota"));
        assert!(!is_size(Code::Unavailable, "the upstream's body too large"));
    }

    #[test]
    fn the_collector_s_retry_delay_is_used() {
        for code in [Code::ResourceExhausted, Code::Unavailable] {
            let status = Status::with_details(code, "busy", status_with_retry_info(2_500).into());
            let ExportResponse::Refused { after, .. } = classify_status(&status, &[]) else {
                panic!("{code:?}")
            };
            assert_eq!(after, Some(Duration::from_millis(2_500)));
        }
    }
}
