//! The body: from the response's headers to its last byte, where the span goes on as long.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::Buf as _;
use http::{HeaderMap, StatusCode, response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::http::{content_length, failed_with, rpc};
use crate::span::{ActiveSpan, Exception, Outcome};

pin_project! {
    /// A response's body, under the span of its request where that goes on until the body's end.
    pub struct ClientBody<B> {
        // Only gone while it is being dropped.
        #[pin]
        inner: Option<B>,
        span: ActiveSpan,
        is_grpc: bool,
        status: StatusCode,
        // What the headers promised and has not come yet.
        left: Option<u64>,
    }

    impl<B> PinnedDrop for ClientBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // Nobody wanted the rest.
            let mut this = this.project();
            this.span.cancel(|| this.inner.set(None));
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
        headers_only: bool,
    ) -> Self {
        let left = content_length(&head.headers);
        let has_none = headers_only || left == Some(0) || inner.is_end_stream();
        // What would be in the trailers may be in the headers; and what is not gRPC's has none.
        let is_settled =
            is_grpc && (rpc::Status::of(&head.headers).is_some() || !rpc::is_grpc(&head.headers));
        if !until_end || has_none || is_settled {
            end(&mut span, is_grpc, head.status, Some(&head.headers));
        }
        Self { inner: Some(inner), span, is_grpc, status: head.status, left }
    }
}

fn end(span: &mut ActiveSpan, is_grpc: bool, status: StatusCode, trailers: Option<&HeaderMap>) {
    let outcome = match span.context() {
        Some(context) if is_grpc => {
            // Without a status it is what gRPC's clients make of it.
            let of_http = || rpc::Status::of_http(status);
            let status = trailers.and_then(rpc::Status::of).unwrap_or_else(of_http);
            status.record(context);
            if status.is_failure_of_client() {
                Outcome::failed(Exception::new(status.name().into()))
            } else {
                Outcome::success()
            }
        }
        _ if !is_grpc && (status.is_client_error() || status.is_server_error()) => failed_with(status),
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
