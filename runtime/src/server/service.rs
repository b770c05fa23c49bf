//! The service: one call, one span.

use std::task::{Context as Task, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ServerBody;
use super::future::ServerFuture;
use super::{ServerLayer, span};
use crate::engine::{Telemetry, current};
use crate::propagation::{HeaderExtractor, with_propagator};
use crate::span::OpenSpan;

/// What a layer is set to.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    telemetry: Telemetry,
}

impl ServerLayer {
    /// Records this layer's spans, and those of the handlers under it, elsewhere than the process's
    /// go.
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings.telemetry = telemetry;
        self
    }
}

/// A service under a [`ServerLayer`].
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
        let local = self.settings.telemetry.within(&current::get().unwrap_or_default());
        let parent = with_propagator(|propagator| {
            propagator.extract_with_context(&local, &HeaderExtractor(request.headers()))
        });
        let mut span = OpenSpan::start(&parent, span::new(&request));
        let asks_for_headers_only = request.method() == http::Method::HEAD;
        let future = span.run_or(&parent, || self.inner.call(request));
        ServerFuture::new(future, span, parent, asks_for_headers_only)
    }
}
