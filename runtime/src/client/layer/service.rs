//! The service: one call, one span.

use std::task::{Context as Task, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ClientBody;
use super::future::ClientFuture;
use super::settings::Settings;
use super::span::{self, Begun};

/// A service under a [`ClientLayer`](super::ClientLayer).
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    settings: Settings,
}

impl<S> ClientService<S> {
    pub(super) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings }
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
        let (mut head, body) = request.into_parts();
        let mut begun: Begun = span::begin(&mut head, &self.settings);
        let request = Request::from_parts(head, body);
        let future = if begun.span.is_open() {
            begun.span.run(|| self.inner.call(request))
        } else {
            self.inner.call(request)
        };
        ClientFuture::new(future, begun, self.settings.clone())
    }
}
