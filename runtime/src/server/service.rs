//! The service: one call, one span.

use std::task::{Context as Task, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ServerBody;
use super::future::ServerFuture;
use super::options::SharedServerOptions;
use super::span;
use crate::span::CAN_RECORD;

/// The service of a [`ServerLayer`](super::ServerLayer).
#[derive(Clone, Debug)]
pub struct ServerService<S> {
    inner: S,
    options: SharedServerOptions,
}

impl<S> ServerService<S> {
    pub(super) const fn new(inner: S, options: SharedServerOptions) -> Self {
        Self { inner, options }
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
        if !CAN_RECORD {
            return ServerFuture::new(self.inner.call(request), None);
        }
        let (head, body) = request.into_parts();
        let mut recorded = span::start(&head, &self.options);
        let request = Request::from_parts(head, body);
        let future = recorded.run(|| self.inner.call(request));
        ServerFuture::new(future, Some(recorded))
    }
}
