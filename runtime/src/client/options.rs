//! The options of a client, those of one request, and what a request is sent with.

use std::borrow::Cow;
use std::sync::Arc;

use reqwest::{Request, Response, Url};

use super::origin::{OriginPattern, is_same_origin};
use crate::api::Context;
use crate::api::baggage::BaggageExt as _;
use crate::http::RequestSpan;
use crate::http::{HasRequestOptions, RequestFn, RequestOptions, SharedOptions};
use crate::propagation::{Propagators, inject, with_propagator};
use crate::span::CAN_RECORD;

type ResponseHook = Arc<dyn Fn(&RequestSpan, Result<&Response, &reqwest::Error>) + Send + Sync>;

/// Shared by the clones of a client.
pub(super) type SharedClientOptions = SharedOptions<ClientOptions>;

/// What a client records and propagates.
#[derive(Clone, Default)]
pub(super) struct ClientOptions {
    pub(super) request: RequestOptions<Request>,
    pub(super) template: RequestFn<Request, Option<String>>,
    pub(super) on_response: Option<ResponseHook>,
    pub(super) until_body_end: bool,
    pub(super) has_body_sizes: bool,
    pub(super) has_user_agent: bool,
    pub(super) has_phases: bool,
    pub(super) rules: Vec<(OriginPattern, Propagators)>,
}

impl HasRequestOptions for ClientOptions {
    type Request = Request;

    fn request_options(&mut self) -> &mut RequestOptions<Request> {
        &mut self.request
    }
}

/// What one request sets, in place of the client's options.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestOverrides {
    pub(super) context: Option<Context>,
    pub(super) template: Option<Cow<'static, str>>,
    pub(super) is_untraced: bool,
    pub(super) until_body_end: Option<bool>,
    /// How often the application has sent this request before.
    pub(super) resend_count: u32,
}

/// One request of a call. A call sends several, if there are redirects or retries.
#[derive(Clone, Copy)]
pub(super) struct RequestAttempt<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) options: &'a ClientOptions,
    pub(super) overrides: &'a RequestOverrides,
    /// The parent of each request's span.
    pub(super) parent: &'a Context,
    /// The URL of the first request.
    pub(super) first: &'a Url,
    /// How many requests the call has sent before.
    pub(super) resend_count: u32,
}

impl ClientOptions {
    /// Returns whether a rule of propagation names the origin of a URL.
    pub(super) fn has_rule(&self, url: &Url) -> bool {
        self.rules.iter().any(|(pattern, _)| pattern.matches(url))
    }

    /// Returns whether phases are measured.
    pub(super) const fn has_phases(&self) -> bool {
        CAN_RECORD && self.has_phases
    }

    /// Returns the parent of a request's span.
    pub(super) fn parent(&self, overrides: &RequestOverrides) -> Context {
        self.request.parent(overrides.context.clone())
    }

    /// Writes a context into the headers of a request. The call began with a request to `first`: baggage goes to another
    /// origin only if a rule names that.
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
        let propagators = rule.map(|(_, propagators)| propagators).or(self.request.propagators.as_ref());
        let has_rule = rule.is_some();
        let headers = request.headers_mut();
        match propagators {
            Some(propagators) => inject(propagators, context, headers, has_rule),
            None => with_propagator(|propagator| inject(propagator, context, headers, has_rule)),
        }
    }
}
