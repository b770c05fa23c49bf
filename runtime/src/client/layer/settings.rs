//! What a layer is set to.

use std::sync::Arc;

use http::{request, response};

use super::ClientLayer;
use crate::RequestSpan;
use crate::http::{Ask, Common, Kind, Shared, Tell};
use crate::propagation::Propagator;

/// Shared by all of the services that a layer makes.
pub(super) type Settings = Shared<Set>;

#[derive(Clone, Default)]
pub(super) struct Set {
    pub(super) common: Common<request::Parts>,
    pub(super) server: Option<(String, u16)>,
    pub(super) is_https: bool,
    pub(super) template: Ask<request::Parts, Option<String>>,
    pub(super) on_response: Tell<response::Parts>,
    pub(super) until_body_end: bool,
}

impl Kind for Set {
    type Request = request::Parts;

    fn common(&mut self) -> &mut Common<request::Parts> {
        &mut self.common
    }
}

impl ClientLayer {
    /// Records this layer's spans elsewhere than the process's go.
    #[cfg(feature = "record")]
    pub fn with_telemetry(mut self, telemetry: crate::Telemetry) -> Self {
        self.settings.set_telemetry(telemetry);
        self
    }

    /// Sends the context by these headers, in place of the process's. None is none at all.
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.settings.set_propagators(propagators);
        self
    }
}

impl Settings {
    pub(super) fn set_server(&mut self, address: String, port: u16) {
        self.change().server = Some((address, port));
    }

    pub(super) fn set_https(&mut self) {
        self.change().is_https = true;
    }

    pub(super) fn set_template(
        &mut self,
        template: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) {
        self.change().template = Some(Arc::new(template));
    }

    pub(super) fn set_on_response(
        &mut self,
        hook: impl Fn(&RequestSpan, &response::Parts) + Send + Sync + 'static,
    ) {
        self.change().on_response = Some(Arc::new(hook));
    }

    pub(super) fn set_until_body_end(&mut self, until: bool) {
        self.change().until_body_end = until;
    }
}
