//! What a layer is set to.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{request, response};

use super::ServerLayer;
use super::peer::Proxies;
use crate::RequestSpan;
use crate::engine::Telemetry;
use crate::http::{Headers, Of, Redaction};
use crate::propagation::{Propagator, Propagators};

/// Asks something of a request.
type Ask<T> = Option<Arc<dyn Fn(&request::Parts) -> T + Send + Sync>>;
/// Tells of a span and of what it is about.
type Tell<T> = Option<Arc<dyn Fn(&RequestSpan, &T) + Send + Sync>>;

/// Shared by all of the services that a layer makes.
#[derive(Clone, Default)]
pub(super) struct Settings(Arc<Set>);

#[derive(Clone, Default)]
pub(super) struct Set {
    pub(super) telemetry: Telemetry,
    pub(super) propagators: Option<Propagators>,
    pub(super) filter: Ask<bool>,
    pub(super) route: Ask<Option<String>>,
    pub(super) name: Ask<Option<String>>,
    pub(super) is_public: Ask<bool>,
    pub(super) peer: Ask<Option<SocketAddr>>,
    pub(super) proxies: Proxies,
    pub(super) on_request: Tell<request::Parts>,
    pub(super) on_response: Tell<response::Parts>,
    pub(super) request_headers: Headers,
    pub(super) response_headers: Headers,
    pub(super) body_sizes: bool,
    pub(super) redaction: Redaction,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("telemetry", &self.0.telemetry).finish_non_exhaustive()
    }
}

impl std::ops::Deref for Settings {
    type Target = Set;

    fn deref(&self) -> &Set {
        &self.0
    }
}

impl ServerLayer {
    /// Records this layer's spans, and those of the handlers under it, elsewhere than the process's
    /// go.
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings.change().telemetry = telemetry;
        self
    }

    /// Reads callers' contexts by these formats, in place of the process's. None is none.
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.settings.change().propagators = Some(propagators.into_iter().collect());
        self
    }
}

impl Settings {
    fn change(&mut self) -> &mut Set {
        Arc::make_mut(&mut self.0)
    }

    pub(super) fn set_filter(&mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) {
        self.change().filter = Some(Arc::new(filter));
    }

    pub(super) fn set_route(
        &mut self,
        route: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) {
        self.change().route = Some(Arc::new(route));
    }

    pub(super) fn set_name(
        &mut self,
        name: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) {
        self.change().name = Some(Arc::new(name));
    }

    pub(super) fn set_on_request(
        &mut self,
        hook: impl Fn(&RequestSpan, &request::Parts) + Send + Sync + 'static,
    ) {
        self.change().on_request = Some(Arc::new(hook));
    }

    pub(super) fn set_on_response(
        &mut self,
        hook: impl Fn(&RequestSpan, &response::Parts) + Send + Sync + 'static,
    ) {
        self.change().on_response = Some(Arc::new(hook));
    }

    pub(super) fn set_public(&mut self, is_public: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) {
        self.change().is_public = Some(Arc::new(is_public));
    }

    pub(super) fn set_peer(
        &mut self,
        peer: impl Fn(&request::Parts) -> Option<SocketAddr> + Send + Sync + 'static,
    ) {
        self.change().peer = Some(Arc::new(peer));
    }

    pub(super) fn add_trusted_proxies(&mut self, networks: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().proxies.add(networks);
    }

    pub(super) fn add_request_headers(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().request_headers.add(Of::Requests, names);
    }

    pub(super) fn add_response_headers(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().response_headers.add(Of::Responses, names);
    }

    pub(super) fn set_body_sizes(&mut self, record: bool) {
        self.change().body_sizes = record;
    }

    pub(super) fn add_redacted(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        self.change().redaction.add(names);
    }
}
