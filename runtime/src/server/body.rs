//! The body: from the response's headers to its last byte.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::Buf as _;
use http::{StatusCode, response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::exchange::Exchange;
use crate::http::content_length;
use crate::span::ActiveSpan;

pin_project! {
    /// A response's body under the span of its request, which ends with it.
    pub struct ServerBody<B> {
        // Only gone while it is being dropped.
        #[pin]
        inner: Option<B>,
        span: ActiveSpan,
        exchange: Exchange,
        status: StatusCode,
        sent: u64,
        // What the headers or the body promised: a server stops asking at that, and after trailers.
        promised: Option<u64>,
    }

    impl<B> PinnedDrop for ServerBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // Nobody asked for the rest: the client went away.
            let mut this = this.project();
            this.exchange.sent(this.span, *this.sent);
            this.span.cancel(|| this.inner.set(None));
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
        mut span: ActiveSpan,
        mut exchange: Exchange,
    ) -> Self {
        let promised = content_length(&head.headers).or_else(|| inner.size_hint().exact());
        // Of gRPC there are trailers to come, whatever the length.
        let promised = promised.filter(|_| !exchange.is_grpc());
        let has_none = exchange.has_no_body
            || head.status.is_informational()
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || promised == Some(0)
            || inner.is_end_stream();
        if has_none {
            exchange.sent(&span, 0);
            // Of gRPC, what would be in the trailers is in the headers then.
            exchange.done(&mut span, head.status, Some(&head.headers));
        }
        Self { inner: Some(inner), span, exchange, status: head.status, sent: 0, promised }
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
        let polled = this.exchange.run(this.span, || inner.as_mut().poll_frame(task));
        let mut is_over = false;
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    *this.sent += data.remaining() as u64;
                }
                is_over = frame.is_trailers()
                    || this.promised.is_some_and(|promised| *this.sent >= promised)
                    || (!this.exchange.is_grpc() && inner.is_end_stream());
            }
            Poll::Ready(Some(Err(_))) => {
                this.exchange.sent(this.span, *this.sent);
                this.exchange.failed::<B::Error>(this.span);
            }
            Poll::Ready(None) => is_over = true,
            Poll::Pending => {}
        }
        if is_over {
            let trailers = match &polled {
                Poll::Ready(Some(Ok(frame))) => frame.trailers_ref(),
                _ => None,
            };
            this.exchange.sent(this.span, *this.sent);
            this.exchange.done(this.span, *this.status, trailers);
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
