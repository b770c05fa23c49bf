//! What a client is set to record and to send.

use std::sync::Arc;

use crate::api::Context;
use crate::api::baggage::BaggageExt as _;
use reqwest::{Request, Response, Url};

use super::ClientBuilder;
use super::attempt::Options;
use super::bridge::Bridge;
use super::origin::{Pattern, is_same_origin};
use super::phases::{Phases, PhasesLayer, TimedResolver};
use crate::http::{Ask, Common, Kind, Shared};
use crate::propagation::{Propagator, Propagators, inject, with_propagator};
use crate::span::CAN_RECORD;
use crate::{RequestSpan, diag};

type OnResponse = Arc<dyn Fn(&RequestSpan, Result<&Response, &reqwest::Error>) + Send + Sync>;

/// Shared by all clones of a client.
pub(super) type Settings = Shared<Set>;

#[derive(Clone, Default)]
pub(super) struct Set {
    pub(super) common: Common<Request>,
    pub(super) template: Ask<Request, Option<String>>,
    pub(super) on_response: Option<OnResponse>,
    pub(super) until_body_end: bool,
    pub(super) body_sizes: bool,
    pub(super) user_agent: bool,
    pub(super) phases: bool,
    rules: Vec<(Pattern, Propagators)>,
}

impl Kind for Set {
    type Request = Request;

    fn common(&mut self) -> &mut Common<Request> {
        &mut self.common
    }
}

#[cfg(feature = "record")]
impl super::Client {
    /// Records this client's spans elsewhere than the process's go.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: crate::Telemetry) -> Self {
        self.shared.settings.set_telemetry(telemetry);
        self
    }
}

impl ClientBuilder {
    /// Records this client's spans elsewhere than the process's go.
    #[cfg(feature = "record")]
    pub fn telemetry(mut self, telemetry: crate::Telemetry) -> Self {
        self.settings.set_telemetry(telemetry);
        self
    }

    /// The headers by which the context is sent, in place of the process's, where no [rule](Self::propagate) says something
    /// else. None is none at all.
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.settings.set_propagators(propagators);
        self
    }

    /// The headers by which the context is sent to some origins: `legacy.internal`, `*.partner.example` for what is below it, with a
    /// port behind and a scheme before it where that matters. None is none at all. The first rule that fits holds, for
    /// a first request and for a redirect's hop alike.
    ///
    /// Baggage is sent to another origin, by a redirect, only where a rule has it; where no rule fits, all else is.
    ///
    /// What is no origin is told on standard error, and left out.
    ///
    /// ```
    /// use spanwise::{Client, Propagator};
    ///
    /// # fn example() -> Result<(), reqwest::Error> {
    /// let http = Client::builder()
    ///     .propagate("legacy.internal", [Propagator::Jaeger])
    ///     .propagate("*.partner.example", [])
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn propagate(mut self, origins: &str, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        match Pattern::parse(origins) {
            Some(pattern) => {
                self.settings.change().rules.push((pattern, propagators.into_iter().collect()));
            }
            None => diag::warn(format_args!(
                "{:?} is neither a host nor `*.` and one: no rule of propagation is made of it",
                diag::shown(origins)
            )),
        }
        self
    }
}

impl Set {
    /// Whether the application has spoken of where a request goes.
    pub(super) fn has_rule(&self, url: &Url) -> bool {
        self.rules.iter().any(|(pattern, _)| pattern.matches(url))
    }

    /// Writes a context into the headers of a request of a call that began with a request to `first`.
    pub(super) fn inject(&self, context: &Context, request: &mut Request, first: &Url) {
        let rule = self.rules.iter().find(|(pattern, _)| pattern.matches(request.url()));
        let keeps_baggage = rule.is_some() || is_same_origin(first, request.url());
        let without_baggage;
        let context = if keeps_baggage || context.baggage().is_empty() {
            context
        } else {
            without_baggage = context.with_cleared_baggage();
            &without_baggage
        };
        let propagators = rule.map(|(_, propagators)| propagators).or(self.common.propagators.as_ref());
        let is_ruled = rule.is_some();
        let headers = request.headers_mut();
        match propagators {
            Some(propagators) => inject(propagators, context, headers, is_ruled),
            None => with_propagator(|propagator| inject(propagator, context, headers, is_ruled)),
        }
    }
}

impl Settings {
    /// The context that a request hangs on.
    pub(super) fn parent(&self, options: &Options) -> Context {
        self.common.parent(options.context.clone())
    }

    fn records_phases(&self) -> bool {
        CAN_RECORD && self.phases
    }

    /// What reqwest is asked to tell.
    pub(super) fn bridge(&self) -> Bridge {
        Bridge { phases: self.records_phases().then(Phases::default), ..Bridge::default() }
    }

    /// reqwest's client, with what has to be known of its connections.
    pub(super) fn connector(&self, http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        if self.records_phases() {
            http.dns_resolver(TimedResolver).connector_layer(PhasesLayer)
        } else {
            http
        }
    }

    pub(super) fn set_template(
        &mut self,
        template: impl Fn(&Request) -> Option<String> + Send + Sync + 'static,
    ) {
        self.change().template = Some(Arc::new(template));
    }

    pub(super) fn set_on_response(
        &mut self,
        hook: impl Fn(&RequestSpan, Result<&Response, &reqwest::Error>) + Send + Sync + 'static,
    ) {
        self.change().on_response = Some(Arc::new(hook));
    }

    pub(super) fn set_until_body_end(&mut self, until: bool) {
        self.change().until_body_end = until;
    }

    pub(super) fn set_body_sizes(&mut self, record: bool) {
        self.change().body_sizes = record;
    }

    pub(super) fn set_user_agent(&mut self, record: bool) {
        self.change().user_agent = record;
    }

    pub(super) fn set_phases(&mut self, record: bool) {
        self.change().phases = record;
    }
}
