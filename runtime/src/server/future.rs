//! The future: from the request to the response's headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use http::Response;
use http_body::Body;
use opentelemetry::Context;
use pin_project_lite::pin_project;

use super::body::ServerBody;
use super::exchange::Exchange;
use crate::span::{Exception, OpenSpan, Outcome};

pin_project! {
    /// The response of a [`ServerService`](super::ServerService), under its span.
    #[must_use = "futures do nothing unless polled"]
    pub struct ServerFuture<F> {
        #[pin]
        inner: Option<F>,
        span: OpenSpan,
        // What is current where the span is not recorded: the caller's context.
        parent: Context,
        exchange: Exchange,
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
    pub(super) fn new(inner: F, span: OpenSpan, parent: Context, exchange: Exchange) -> Self {
        Self { inner: Some(inner), span, parent, exchange }
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
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled = this.exchange.run(this.span, this.parent, || inner.poll(task));
        let Poll::Ready(answer) = polled else { return Poll::Pending };
        this.exchange.run(this.span, this.parent, || this.inner.set(None));
        Poll::Ready(match answer {
            Ok(response) => {
                let (head, body) = response.into_parts();
                this.exchange.answered(this.span, &head);
                let (span, parent) = (this.span.take(), this.parent.clone());
                let body = ServerBody::new(body, &head, span, parent, this.exchange.clone());
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                this.span.end(Outcome::failed(Exception::of_type::<E>()));
                Err(error)
            }
        })
    }
}
