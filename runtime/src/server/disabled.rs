//! The service with recording off: the one under it.

use std::net::SocketAddr;
use std::task::{Context as Task, Poll};

use http::{request, response};
use tower_service::Service;

use crate::RequestSpan;

/// Nothing is kept of what a layer is set to.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings;

impl Settings {
    pub(super) fn set_filter(&mut self, _: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) {}

    pub(super) fn set_route(
        &mut self,
        _: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) {
    }

    pub(super) fn set_name(&mut self, _: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static) {
    }

    pub(super) fn set_on_request(
        &mut self,
        _: impl Fn(&RequestSpan, &request::Parts) + Send + Sync + 'static,
    ) {
    }

    pub(super) fn set_on_response(
        &mut self,
        _: impl Fn(&RequestSpan, &response::Parts) + Send + Sync + 'static,
    ) {
    }

    pub(super) fn set_public(&mut self, _: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) {}

    pub(super) fn set_peer(
        &mut self,
        _: impl Fn(&request::Parts) -> Option<SocketAddr> + Send + Sync + 'static,
    ) {
    }

    pub(super) fn add_trusted_proxies(&mut self, _: impl IntoIterator<Item = impl AsRef<str>>) {}

    pub(super) fn add_request_headers(&mut self, _: impl IntoIterator<Item = impl AsRef<str>>) {}

    pub(super) fn add_response_headers(&mut self, _: impl IntoIterator<Item = impl AsRef<str>>) {}

    pub(super) fn set_forwarded(&mut self, _: bool) {}

    pub(super) fn set_https(&mut self) {}

    pub(super) fn set_body_sizes(&mut self, _: bool) {}

    pub(super) fn add_redacted(&mut self, _: impl IntoIterator<Item = impl Into<String>>) {}
}

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
