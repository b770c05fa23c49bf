//! The body: from the response's headers to its last byte. The span may last as long.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::Buf as _;
use http::{HeaderMap, StatusCode, response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::http::grpc::{GrpcStatus, is_grpc as is_grpc_message};
use crate::http::{content_length, failed_with, is_failure};
use crate::span::{ActiveSpan, Exception, Outcome};

pin_project! {
    /// The body of a response. If the span of its request lasts until the body's end, it is current while this is polled and dropped.
    pub struct ClientBody<B> {
        // `None` only while this is being dropped.
        #[pin]
        inner: Option<B>,
        span: ActiveSpan,
        is_grpc: bool,
        status: StatusCode,
        // What is left of `content-length`.
        left: Option<u64>,
    }

    impl<B> PinnedDrop for ClientBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // The application does not want the rest.
            let mut this = this.project();
            this.span.cancel(|| this.inner.set(None));
        }
    }
}

/// A body of no request.
impl<B: Default> Default for ClientBody<B> {
    fn default() -> Self {
        Self {
            inner: Some(B::default()),
            span: ActiveSpan::none(),
            is_grpc: false,
            status: StatusCode::OK,
            left: None,
        }
    }
}

impl<B> std::fmt::Debug for ClientBody<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBody").field("span", &self.span).finish_non_exhaustive()
    }
}

impl<B: Body> ClientBody<B> {
    pub(super) fn new(
        inner: B,
        head: &response::Parts,
        mut span: ActiveSpan,
        until_end: bool,
        is_grpc: bool,
        expects_body: bool,
    ) -> Self {
        let left = content_length(&head.headers);
        let has_no_body = !expects_body || left == Some(0) || inner.is_end_stream();
        // gRPC may have its status in the headers. A response that is not gRPC has none.
        let has_status =
            is_grpc && (GrpcStatus::of(&head.headers).is_some() || !is_grpc_message(&head.headers));
        if !until_end || has_no_body || has_status {
            end(&mut span, is_grpc, head.status, Some(&head.headers));
        }
        Self { inner: Some(inner), span, is_grpc, status: head.status, left }
    }

    pub(super) const fn unrecorded(inner: B) -> Self {
        Self {
            inner: Some(inner),
            span: ActiveSpan::none(),
            is_grpc: false,
            status: StatusCode::OK,
            left: None,
        }
    }
}

fn end(span: &mut ActiveSpan, is_grpc: bool, status: StatusCode, trailers: Option<&HeaderMap>) {
    let outcome = match span.context() {
        Some(context) if is_grpc => {
            // gRPC clients derive a missing status from that of HTTP.
            let of_http = || GrpcStatus::of_http(status);
            let status = trailers.and_then(GrpcStatus::of).unwrap_or_else(of_http);
            status.record(context);
            if status.is_failure_of_client() {
                Outcome::failed(Exception::new(status.name().into()))
            } else {
                Outcome::success()
            }
        }
        _ if !is_grpc && is_failure(status) => failed_with(status),
        _ => Outcome::success(),
    };
    span.end(outcome);
}

impl<B: Body> Body for ClientBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        if !this.span.is_open() {
            return inner.poll_frame(task);
        }
        let polled = this.span.run(|| inner.as_mut().poll_frame(task));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(left), Some(data)) = (this.left.as_mut(), frame.data_ref()) {
                    *left = left.saturating_sub(data.remaining() as u64);
                }
                let is_last_of_http = !*this.is_grpc && (*this.left == Some(0) || inner.is_end_stream());
                if frame.is_trailers() || is_last_of_http {
                    end(this.span, *this.is_grpc, *this.status, frame.trailers_ref());
                }
            }
            Poll::Ready(Some(Err(_))) => this.span.end(Outcome::failed(Exception::of_type::<B::Error>())),
            Poll::Ready(None) => end(this.span, *this.is_grpc, *this.status, None),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
