//! One call of a client: a request, and those that follow from it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::REFERER;
use http::{HeaderMap, HeaderName};
use reqwest::{Request, Response};

use super::attempt::{self, Answer, Attempt};
use super::bridge::Bridge;
use super::origin::is_same_origin;
use super::redirect::{self, Redirects};
use super::retry::{Retry, Sent, was_not_begun};
use super::settings::Settings;

/// What a client carries beside reqwest's.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    /// None, where the client was made elsewhere and does this itself.
    pub(super) own: Option<Arc<Own>>,
}

/// What is done here in reqwest's place, so that it can be seen.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) redirects: Redirects,
    pub(super) sends_referer: bool,
    pub(super) retry: Option<Retry>,
    /// For a call as a whole.
    pub(super) timeout: Option<Duration>,
    pub(super) default_headers: HeaderMap,
    /// Headers that reqwest adds by itself, and that are not for another origin.
    pub(super) sensitive_defaults: Vec<HeaderName>,
}

/// Sends a request, under the context that is current at this call, not at the first poll.
pub(super) fn send(
    http: reqwest::Client,
    request: Result<Request, reqwest::Error>,
    shared: Shared,
    options: attempt::Options,
) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + use<> {
    let parent = shared.settings.parent(&options);
    async move {
        let request = request?;
        let first = request.url().clone();
        let mut attempt = Attempt {
            http: &http,
            settings: &shared.settings,
            options: &options,
            parent: &parent,
            first: &first,
            resent: 0,
        };
        match &shared.own {
            None => attempt.send(request, Box::default()).await.0.map(|answer| answer.given(&attempt)),
            Some(own) => own.send(request, &mut attempt).await,
        }
    }
}

impl Own {
    async fn send(
        &self,
        mut request: Request,
        attempt: &mut Attempt<'_>,
    ) -> Result<Response, reqwest::Error> {
        let within = request.timeout().copied().or(self.timeout);
        let deadline = within.and_then(|within| Instant::now().checked_add(within));
        for (name, value) in &self.default_headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        let mut bridge = Box::new(Bridge { redirects: self.redirects.clone(), ..attempt.settings.bridge() });
        let referer = request.headers().get(REFERER).cloned();
        let (mut retries, mut not_begun, mut has_left) = (0, 0, false);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some() {
                *request.timeout_mut() = left;
            }
            let copy = Copy::of(&request);
            let result;
            (result, bridge) = attempt.send(request, bridge).await;
            attempt.resent += 1;
            if let (Ok(answer), Some(to)) = (&result, bridge.follow.take()) {
                request = copy.request;
                let status = answer.response().status();
                redirect::follow(&mut request, status, to, referer.as_ref(), self.sends_referer);
                // Once at another origin, whatever follows is that one's idea.
                has_left |= !is_same_origin(attempt.first, request.url());
                if has_left {
                    redirect::blank_defaults(request.headers_mut(), &self.sensitive_defaults);
                }
                result.into_iter().for_each(Answer::let_go);
                continue;
            }
            let pause = match &result {
                _ if !copy.is_whole => None,
                Err(error) if was_not_begun(error, not_begun) => {
                    not_begun += 1;
                    Some(Duration::ZERO)
                }
                // What was not sent, or is not to be, is no better the next time.
                Err(error) if error.is_builder() || error.is_redirect() => None,
                _ => self.pause(&copy.request, &result, retries).inspect(|_| retries += 1),
            };
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // What comes after the end of the time would only hide this.
            let in_time = |pause: &Duration| left.is_none_or(|left| *pause < left);
            let Some(pause) = pause.filter(in_time) else {
                return result.map(|answer| answer.given(attempt));
            };
            result.into_iter().for_each(Answer::let_go);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            request = copy.request;
        }
    }

    fn pause(
        &self,
        request: &Request,
        result: &Result<Answer, reqwest::Error>,
        retries: u32,
    ) -> Option<Duration> {
        let (method, url) = (request.method(), request.url());
        self.retry.as_ref()?.pause(&Sent {
            method,
            url,
            result: result.as_ref().map(Answer::response),
            retries,
        })
    }
}

/// A request as it was before it was sent.
struct Copy {
    request: Request,
    /// Its body is there, too: a stream cannot be copied.
    is_whole: bool,
}

impl Copy {
    fn of(request: &Request) -> Self {
        if let Some(request) = request.try_clone() {
            return Self { request, is_whole: true };
        }
        let mut copy = Request::new(request.method().clone(), request.url().clone());
        copy.headers_mut().clone_from(request.headers());
        *copy.version_mut() = request.version();
        Self { request: copy, is_whole: false }
    }
}
