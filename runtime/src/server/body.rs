//! The body: from the response's headers to its last byte.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::Buf as _;
use http::{StatusCode, header, response};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::Context;
use pin_project_lite::pin_project;

use crate::http::failed_with;
use crate::span::{Exception, OpenSpan, Outcome};

pin_project! {
    /// A response's body under the span of its request, which ends with it.
    pub struct ServerBody<B> {
        #[pin]
        inner: B,
        span: OpenSpan,
        parent: Context,
        status: StatusCode,
        // What the headers or the body promised and has not been sent: a server stops asking at that, and
        // after trailers.
        promised: Option<u64>,
    }

    impl<B> PinnedDrop for ServerBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // Nobody asked for the rest: the client went away.
            this.project().span.cancel(|| {});
        }
    }
}

impl<B> std::fmt::Debug for ServerBody<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBody").field("span", &self.span).finish_non_exhaustive()
    }
}

impl<B: Body> ServerBody<B> {
    pub(super) fn new(
        inner: B,
        head: &response::Parts,
        span: OpenSpan,
        parent: Context,
        headers_only: bool,
    ) -> Self {
        let promised = head
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok())
            .or_else(|| inner.size_hint().exact());
        let has_none = headers_only
            || head.status.is_informational()
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || promised == Some(0)
            || inner.is_end_stream();
        let mut span = span;
        if has_none {
            span.end(outcome(head.status));
        }
        Self { inner, span, parent, status: head.status, promised }
    }
}

fn outcome(status: StatusCode) -> Outcome<'static> {
    if status.is_server_error() { failed_with(status) } else { Outcome::success() }
}

impl<B: Body> Body for ServerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let polled = this.span.run_or(this.parent, || this.inner.as_mut().poll_frame(task));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(promised), Some(data)) = (this.promised.as_mut(), frame.data_ref()) {
                    *promised = promised.saturating_sub(data.remaining() as u64);
                }
                if frame.is_trailers() || *this.promised == Some(0) || this.inner.is_end_stream() {
                    this.span.end(outcome(*this.status));
                }
            }
            Poll::Ready(Some(Err(_))) => {
                this.span.end(Outcome::failed(Exception::of_type::<B::Error>()));
            }
            Poll::Ready(None) => this.span.end(outcome(*this.status)),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
