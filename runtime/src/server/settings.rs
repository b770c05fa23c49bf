//! What a layer is set to.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{request, response};

use super::ServerLayer;
use super::peer::Proxies;
use crate::RequestSpan;
use crate::http::{Ask, Common, Kind, Shared, Tell};
use crate::propagation::Propagator;

/// Shared by all of the services that a layer makes.
pub(super) type Settings = Shared<Set>;

#[derive(Clone, Default)]
pub(super) struct Set {
    pub(super) common: Common<request::Parts>,
    pub(super) route: Ask<request::Parts, Option<String>>,
    pub(super) name: Ask<request::Parts, Option<String>>,
    pub(super) is_public: Ask<request::Parts, bool>,
    pub(super) peer: Ask<request::Parts, Option<SocketAddr>>,
    pub(super) proxies: Proxies,
    pub(super) by_forwarded: bool,
    pub(super) is_https: bool,
    pub(super) on_response: Tell<response::Parts>,
    pub(super) body_sizes: bool,
}

impl Kind for Set {
    type Request = request::Parts;

    fn common(&mut self) -> &mut Common<request::Parts> {
        &mut self.common
    }
}

impl ServerLayer {
    /// Records this layer's spans, and those of the handlers under it, elsewhere than the process's
    /// go.
    #[cfg(feature = "record")]
    pub fn with_telemetry(mut self, telemetry: crate::Telemetry) -> Self {
        self.settings.set_telemetry(telemetry);
        self
    }

    /// Reads callers' contexts by these formats, in place of the process's. None is none.
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.settings.set_propagators(propagators);
        self
    }
}

impl Settings {
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

    pub(super) fn set_forwarded(&mut self, is_written: bool) {
        self.change().by_forwarded = is_written;
    }

    pub(super) fn set_https(&mut self) {
        self.change().is_https = true;
    }

    pub(super) fn set_body_sizes(&mut self, record: bool) {
        self.change().body_sizes = record;
    }
}
