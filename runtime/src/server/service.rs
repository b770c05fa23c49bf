//! The service: one call, one span.

use std::task::{Context as Task, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ServerBody;
use super::future::ServerFuture;
use super::settings::Settings;
use super::span::{self, Begun};

/// A service under a [`ServerLayer`](super::ServerLayer).
#[derive(Clone, Debug)]
pub struct ServerService<S> {
    inner: S,
    settings: Settings,
}

impl<S> ServerService<S> {
    pub(super) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for ServerService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ServerBody<R>>;
    type Error = S::Error;
    type Future = ServerFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        let Begun { mut span, exchange } = span::begin(&head, &self.settings);
        let request = Request::from_parts(head, body);
        let future = exchange.run(&mut span, || self.inner.call(request));
        ServerFuture::new(future, span, exchange)
    }
}
