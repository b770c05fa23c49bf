//! The service: one call, one span.

use std::task::{Context as Task, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ClientBody;
use super::future::ClientFuture;
use super::options::SharedClientLayerOptions;
use super::span;
use crate::span::{ActiveSpan, CAN_RECORD};

/// The service of a [`ClientLayer`](super::ClientLayer).
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    options: SharedClientLayerOptions,
}

impl<S> ClientService<S> {
    pub(super) const fn new(inner: S, options: SharedClientLayerOptions) -> Self {
        Self { inner, options }
    }
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ClientBody<R>>;
    type Error = S::Error;
    type Future = ClientFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !CAN_RECORD {
            return ClientFuture::new(self.inner.call(request), ActiveSpan::none(), None);
        }
        let (mut head, body) = request.into_parts();
        let (mut span, started) = span::start(&mut head, &self.options);
        let request = Request::from_parts(head, body);
        let future =
            if span.is_open() { span.run(|| self.inner.call(request)) } else { self.inner.call(request) };
        ClientFuture::new(future, span, Some(started))
    }
}
