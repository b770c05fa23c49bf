//! [OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): one call, over a channel of tonic's. The message is
//! encoded already, so it goes as it is, in one piece and not copied.

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

use super::answer::retry_info;
use super::tls::Teller;
use super::{Attempt, CONNECT_WITHIN, Compression, LARGEST_ANSWER, OtlpSettings, USER_AGENT};
use crate::diag;

/// A connection that has been silent for so long is asked whether it is alive…
const KEEPALIVE_AFTER: Duration = Duration::from_secs(20);
/// …and given up where it does not answer within this.
const KEEPALIVE_WITHIN: Duration = Duration::from_secs(5);

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

#[derive(Debug)]
pub(super) struct Grpc {
    channel: Channel,
    headers: HeaderMap,
    timeout: Duration,
    compression: Option<Compression>,
    teller: Teller,
}

impl Grpc {
    pub(super) fn new(settings: OtlpSettings, teller: Teller) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(settings.endpoint.to_string())?
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(KEEPALIVE_AFTER)
            .keep_alive_timeout(KEEPALIVE_WITHIN)
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
        // The collector is told as well, so that it can stop working on what nobody waits for: in milliseconds, of which
        // eight digits may be said.
        let millis = settings.timeout.as_millis().min(99_999_999);
        if let Ok(timeout) = HeaderValue::try_from(format!("{millis}m")) {
            headers.insert("grpc-timeout", timeout);
        }
        Ok(Self {
            channel: endpoint.connect_lazy(),
            headers,
            timeout: settings.timeout,
            compression: settings.compression,
            teller,
        })
    }

    pub(super) fn send(&self, bytes: Bytes) -> impl Future<Output = Attempt> + use<> {
        let mut channel = self.channel.clone();
        let message = Message::new(bytes, self.compression);
        let headers = self.headers.clone();
        let within = self.timeout;
        let teller = self.teller.clone();
        async move {
            let message = match message {
                Ok(message) => message,
                Err(error) => return Attempt::Rejected { reason: format!("cannot be compressed: {error}") },
            };
            let mut request = Request::new(Body::new(message));
            *request.method_mut() = http::Method::POST;
            *request.uri_mut() = Uri::from_static(PATH);
            *request.version_mut() = Version::HTTP_2;
            *request.headers_mut() = headers;
            let answer = async {
                std::future::poll_fn(|task| channel.poll_ready(task)).await?;
                let response = channel.call(request).await?;
                teller.note_answer();
                Ok::<_, tonic::transport::Error>(answered(response, &teller).await)
            };
            match tokio::time::timeout(within, answer).await {
                Ok(Ok(attempt)) => attempt,
                Ok(Err(error)) => Attempt::again(teller.told(&error)),
                Err(_) => Attempt::again(format!("no answer within {within:?}")),
            }
        }
    }
}

async fn answered(response: Response<Body>, teller: &Teller) -> Attempt {
    let (head, body) = response.into_parts();
    // An answer may be all in its head, where there is nothing to say but a status.
    let (message, trailers) = match Status::from_header_map(&head.headers) {
        Some(status) => return settled(&status, &[]),
        None => match read(body).await {
            Ok(read) => read,
            Err(error) => return Attempt::again(teller.told(&error)),
        },
    };
    match trailers.as_ref().and_then(Status::from_header_map) {
        Some(status) => settled(&status, &message),
        // Whoever it is that answers: these are about the batch, which will not be another one.
        None if matches!(head.status, StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE) => {
            Attempt::Rejected { reason: head.status.to_string() }
        }
        // What answers does not speak gRPC, or broke off: the collector has said nothing.
        None if head.status != StatusCode::OK => {
            Attempt::again(format!("the answer is {}, and none of gRPC's", head.status))
        }
        None => Attempt::again("the answer has no gRPC status".to_owned()),
    }
}

/// The message, as far as it is of use, and the trailers.
async fn read(body: Body) -> Result<(Bytes, Option<HeaderMap>), Status> {
    let mut body = std::pin::pin!(body);
    let (mut data, mut trailers) = (BytesMut::new(), None);
    while let Some(frame) = std::future::poll_fn(|task| body.as_mut().poll_frame(task)).await {
        match frame?.into_data() {
            Ok(more) if data.len() + more.len() <= LARGEST_ANSWER => data.extend_from_slice(&more),
            // The batch has arrived all the same.
            Ok(_) => {}
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    // Not compressed, since that was not asked for; then the length.
    let message = match data.split_first_chunk::<5>() {
        Some(([0, length @ ..], message)) => {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            message.get(..length).map(Bytes::copy_from_slice).unwrap_or_default()
        }
        _ => Bytes::new(),
    };
    Ok((message, trailers))
}

fn settled(status: &Status, message: &[u8]) -> Attempt {
    let after = retry_info(status.details());
    let again = match status.code() {
        Code::Ok => return Attempt::taken(message),
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
        message => format!("{:?}: {}", status.code(), diag::shown(message)),
    };
    if again { Attempt::Again { reason, after } } else { Attempt::Rejected { reason } }
}

/// A [message](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests) with its length before it.
#[derive(Debug)]
struct Message(VecDeque<Bytes>);

impl Message {
    fn new(bytes: Bytes, compression: Option<Compression>) -> std::io::Result<Self> {
        let (is_compressed, bytes) = match compression {
            Some(compression) => (1, compression.of(&bytes)?),
            None => (0, bytes),
        };
        let length = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
        let mut prefix = BytesMut::with_capacity(5);
        prefix.extend_from_slice(&[is_compressed]);
        prefix.extend_from_slice(&length.to_be_bytes());
        Ok(Self(VecDeque::from([prefix.freeze(), bytes])))
    }
}

impl http_body::Body for Message {
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
    use super::super::answer::tests::status_with_retry_info;
    use super::*;

    fn may_be_sent_again(status: &Status) -> bool {
        matches!(settled(status, &[]), Attempt::Again { .. })
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
    }

    #[test]
    fn a_collector_that_asks_for_a_pause_gets_it() {
        for code in [Code::ResourceExhausted, Code::Unavailable] {
            let status = Status::with_details(code, "busy", status_with_retry_info(2_500).into());
            let Attempt::Again { after, .. } = settled(&status, &[]) else { panic!("{code:?}") };
            assert_eq!(after, Some(Duration::from_millis(2_500)));
        }
    }
}
