//! One call of a client: a request, and those that follow from it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::REFERER;
use http::{HeaderMap, HeaderName};
use reqwest::{Request, Response};

use super::attempt::AttemptResponse;
use super::bridge::{ConnectionPhases, ReqwestBridge};
use super::options::{RequestAttempt, RequestOverrides, SharedClientOptions};
use super::origin::is_same_origin;
use super::redirect::{self, RedirectPolicy};
use super::retry::{Retry, SentRequest, was_not_begun};
use crate::api::baggage::BaggageExt as _;
use crate::api::trace::TraceContextExt as _;

/// What a client has besides reqwest's client.
#[derive(Clone, Debug, Default)]
pub(super) struct CallSettings {
    pub(super) options: SharedClientOptions,
    /// `None` if the application has made reqwest's client, which then follows redirects itself.
    pub(super) policy: Option<Arc<CallPolicy>>,
}

/// What is done here instead of by reqwest, so that each request has a span.
#[derive(Default)]
pub(super) struct CallPolicy {
    pub(super) redirects: RedirectPolicy,
    pub(super) sends_referer: bool,
    pub(super) is_https_only: bool,
    pub(super) retry: Option<Retry>,
    /// For all requests of a call together.
    pub(super) timeout: Option<Duration>,
    pub(super) default_headers: HeaderMap,
    /// Headers that reqwest adds by itself, and that must not be sent to another origin.
    pub(super) sensitive_defaults: Vec<HeaderName>,
}

impl fmt::Debug for CallPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallPolicy")
            .field("redirects", &self.redirects)
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("default_headers", &self.default_headers.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The future of a call. In a box, as reqwest's is: it can be polled by reference.
pub(super) type SentFuture = Pin<Box<dyn Future<Output = Result<Response, reqwest::Error>> + Send>>;

/// Sends a request in the context that is current when the future is first polled: `with_context` can give it one. If none is
/// current then, it is sent in the context of this call.
pub(super) fn send(
    http: reqwest::Client,
    request: Result<Request, reqwest::Error>,
    settings: CallSettings,
    overrides: RequestOverrides,
) -> SentFuture {
    let at_call = settings.options.parent(&overrides);
    let start = Instant::now();
    Box::pin(async move {
        let request = request?;
        let at_poll = settings.options.parent(&overrides);
        let is_given = at_poll.span().span_context().is_valid() || !at_poll.baggage().is_empty();
        let parent = if is_given { at_poll } else { at_call };
        let first = request.url().clone();
        let mut attempt = RequestAttempt {
            http: &http,
            options: &settings.options,
            overrides: &overrides,
            parent: &parent,
            first: &first,
            resend_count: 0,
        };
        match &settings.policy {
            None => {
                let (result, _) = attempt.send(request, Box::default()).await;
                result.map(|response| response.into_response(&attempt))
            }
            Some(policy) => policy.send(request, &mut attempt, start).await,
        }
    })
}

impl CallPolicy {
    async fn send(
        &self,
        mut request: Request,
        attempt: &mut RequestAttempt<'_>,
        start: Instant,
    ) -> Result<Response, reqwest::Error> {
        let timeout = request.timeout().copied().or(self.timeout);
        let deadline = timeout.and_then(|timeout| start.checked_add(timeout));
        for (name, value) in &self.default_headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        let phases = attempt.options.has_phases().then(ConnectionPhases::default);
        let redirects = self.redirects.clone();
        let is_https_only = self.is_https_only;
        let mut bridge =
            Box::new(ReqwestBridge { redirects, is_https_only, phases, ..ReqwestBridge::default() });
        let referer = request.headers().get(REFERER).cloned();
        let (mut retries, mut not_begun, mut has_left_origin) = (0, 0, false);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some() {
                *request.timeout_mut() = left;
            }
            let copy = RequestCopy::of(&request);
            let result;
            (result, bridge) = attempt.send(request, bridge).await;
            attempt.resend_count += 1;
            if let (Ok(response), Some(to)) = (&result, bridge.follow.take()) {
                request = copy.request;
                let status = response.response().status();
                redirect::follow(&mut request, status, to, referer.as_ref(), self.sends_referer);
                // Another origin may redirect back to the first: the credentials stay out all the same.
                has_left_origin |= !is_same_origin(attempt.first, request.url());
                if has_left_origin {
                    redirect::blank_defaults(request.headers_mut(), &self.sensitive_defaults);
                }
                result.into_iter().for_each(AttemptResponse::discard);
                // Refused streams count for each hop.
                not_begun = 0;
                continue;
            }
            let delay = match &result {
                _ if !copy.has_body => None,
                Err(error) if was_not_begun(error, not_begun) => {
                    not_begun += 1;
                    Some(Duration::ZERO)
                }
                // The next request would fail the same way.
                Err(error) if error.is_builder() || error.is_redirect() => None,
                _ => self.retry_delay(&copy.request, &result, retries).inspect(|_| retries += 1),
            };
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // A retry after the deadline would only hide this result.
            let is_in_time = |delay: &Duration| left.is_none_or(|left| *delay < left);
            let Some(delay) = delay.filter(is_in_time) else {
                return result.map(|response| response.into_response(attempt));
            };
            result.into_iter().for_each(AttemptResponse::discard);
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            request = copy.request;
        }
    }

    fn retry_delay(
        &self,
        request: &Request,
        result: &Result<AttemptResponse, reqwest::Error>,
        retries: u32,
    ) -> Option<Duration> {
        let (method, url) = (request.method(), request.url());
        let result = result.as_ref().map(AttemptResponse::response);
        self.retry.as_ref()?.delay(&SentRequest { method, url, result, retries })
    }
}

/// A request as it was before it was sent.
struct RequestCopy {
    request: Request,
    /// Whether the body was copied: a stream cannot be.
    has_body: bool,
}

impl RequestCopy {
    fn of(request: &Request) -> Self {
        if let Some(request) = request.try_clone() {
            return Self { request, has_body: true };
        }
        let mut copy = Request::new(request.method().clone(), request.url().clone());
        copy.headers_mut().clone_from(request.headers());
        *copy.version_mut() = request.version();
        Self { request: copy, has_body: false }
    }
}
