//! The future: from the request to the response's headers.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ServerBody;
use super::request::ServerRequest;

pin_project! {
    /// The future of a [`ServerService`](super::ServerService). The span of the request is current while it is polled and dropped.
    #[must_use = "futures do nothing unless polled"]
    pub struct ServerFuture<F> {
        #[pin]
        inner: Option<F>,
        // Until there is a response; never with recording off.
        request: Option<ServerRequest>,
    }

    impl<F> PinnedDrop for ServerFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(request) = this.request {
                request.cancel(|| this.inner.set(None));
            }
        }
    }
}

impl<F> fmt::Debug for ServerFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerFuture").field("request", &self.request).finish_non_exhaustive()
    }
}

impl<F> ServerFuture<F> {
    pub(super) const fn new(inner: F, request: Option<ServerRequest>) -> Self {
        Self { inner: Some(inner), request }
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
        let inner = &mut this.inner;
        let mut poll = || {
            let polled = inner.as_mut().as_pin_mut().map_or(Poll::Pending, |inner| inner.poll(task));
            if polled.is_ready() {
                inner.set(None);
            }
            polled
        };
        let polled = match this.request {
            Some(request) => request.run(poll),
            None => poll(),
        };
        let Poll::Ready(result) = polled else { return Poll::Pending };
        let Some(mut request) = this.request.take() else {
            return Poll::Ready(result.map(|response| response.map(ServerBody::unrecorded)));
        };
        Poll::Ready(match result {
            Ok(response) => {
                let (head, body) = response.into_parts();
                request.response(&head);
                let body = ServerBody::new(body, &head, request);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                request.fail::<E>();
                Err(error)
            }
        })
    }
}
