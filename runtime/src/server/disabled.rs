//! The service with recording off: the one under it.

use std::task::{Context as Task, Poll};

use tower_service::Service;

/// Nothing to set.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings;

/// A service under a [`ServerLayer`](super::ServerLayer).
#[derive(Clone, Debug)]
pub struct ServerService<S> {
    inner: S,
}

impl<S> ServerService<S> {
    pub(super) fn new(inner: S, _settings: Settings) -> Self {
        Self { inner }
    }
}

impl<S: Service<R>, R> Service<R> for ServerService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.inner.call(request)
    }
}
