//! The body: from the response's headers to its last byte.

use std::fmt;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::Buf as _;
use http::{StatusCode, response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::request::ServerRequest;
use crate::http::content_length;

pin_project! {
    /// The body of a response. The span of its request is current while it is polled and dropped, and ends with it.
    pub struct ServerBody<B> {
        // `None` only while this is being dropped.
        #[pin]
        inner: Option<B>,
        // `None` with recording off.
        request: Option<ServerRequest>,
        // The length of the body, if it is known: a server does not poll for more. Never for gRPC, where trailers follow.
        length: Option<u64>,
    }

    impl<B> PinnedDrop for ServerBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // The client went away before the end.
            let mut this = this.project();
            if let Some(request) = this.request {
                request.cancel(|| this.inner.set(None));
            }
        }
    }
}

impl<B> fmt::Debug for ServerBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBody").field("request", &self.request).finish_non_exhaustive()
    }
}

/// A body of no request.
impl<B: Default> Default for ServerBody<B> {
    fn default() -> Self {
        Self { inner: Some(B::default()), request: None, length: None }
    }
}

impl<B: Body> ServerBody<B> {
    pub(super) fn new(inner: B, head: &response::Parts, mut request: ServerRequest) -> Self {
        let length = content_length(&head.headers).or_else(|| inner.size_hint().exact());
        let length = length.filter(|_| !request.is_grpc());
        let has_no_body = !request.expects_body()
            || head.status.is_informational()
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || length == Some(0)
            || inner.is_end_stream();
        if has_no_body {
            request.end(None);
        }
        Self { inner: Some(inner), request: Some(request), length }
    }

    pub(super) const fn unrecorded(inner: B) -> Self {
        Self { inner: Some(inner), request: None, length: None }
    }
}

impl<B: Body> Body for ServerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(request) = this.request else { return inner.poll_frame(task) };
        let polled = request.run(|| inner.as_mut().poll_frame(task));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    request.body_sent(data.remaining() as u64);
                }
                let is_last = frame.is_trailers()
                    || this.length.is_some_and(|length| request.body_bytes() >= length)
                    || (!request.is_grpc() && inner.is_end_stream());
                if is_last {
                    request.end(frame.trailers_ref());
                }
            }
            Poll::Ready(Some(Err(_))) => request.fail::<B::Error>(),
            Poll::Ready(None) => request.end(None),
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
