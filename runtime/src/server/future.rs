//! The future: from the request to the response's headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ServerBody;
use super::exchange::Exchange;
use crate::span::ActiveSpan;

pin_project! {
    /// The response of a [`ServerService`](super::ServerService), under its span.
    #[must_use = "futures do nothing unless polled"]
    pub struct ServerFuture<F> {
        #[pin]
        inner: Option<F>,
        span: ActiveSpan,
        // Until there is an answer.
        rest: Option<Exchange>,
    }

    impl<F> PinnedDrop for ServerFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.span.cancel(|| this.inner.set(None));
        }
    }
}

impl<F> std::fmt::Debug for ServerFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerFuture").field("span", &self.span).finish_non_exhaustive()
    }
}

impl<F> ServerFuture<F> {
    pub(super) fn new(inner: F, span: ActiveSpan, exchange: Exchange) -> Self {
        Self { inner: Some(inner), span, rest: Some(exchange) }
    }
}

impl<F, B, E> Future for ServerFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ServerBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(rest) = this.rest else { return Poll::Pending };
        let inner = &mut this.inner;
        let polled = rest.run(this.span, || {
            let polled = inner.as_mut().as_pin_mut().map_or(Poll::Pending, |inner| inner.poll(task));
            if polled.is_ready() {
                inner.set(None);
            }
            polled
        });
        let Poll::Ready(answer) = polled else { return Poll::Pending };
        let Some(mut rest) = this.rest.take() else { return Poll::Pending };
        Poll::Ready(match answer {
            Ok(response) => {
                let (head, body) = response.into_parts();
                rest.answered(this.span, &head);
                let body = ServerBody::new(body, &head, this.span.take(), rest);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                rest.failed::<E>(this.span);
                Err(error)
            }
        })
    }
}
