//! Retries.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use reqwest::{Method, Response, Url};

/// A request that was sent, and its result. The function of [`ClientBuilder::retry`](super::ClientBuilder::retry) gets one.
#[derive(Debug)]
pub struct SentRequest<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) result: Result<&'a Response, &'a reqwest::Error>,
    pub(super) retries: u32,
}

impl SentRequest<'_> {
    /// Returns the method of the request.
    #[must_use]
    pub const fn method(&self) -> &Method {
        self.method
    }

    /// Returns the URL of the request.
    #[must_use]
    pub const fn url(&self) -> &Url {
        self.url
    }

    /// Returns the response. `None` after an error.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.result.ok()
    }

    /// Returns the status of the response. `None` after an error.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(Response::status)
    }

    /// Returns the error. `None` if there is a response.
    #[must_use]
    pub fn error(&self) -> Option<&reqwest::Error> {
        self.result.err()
    }

    /// Returns how many retries the call has made already.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.retries
    }
}

/// Decides whether to retry, and after which delay.
#[derive(Clone)]
pub(super) struct Retry(Arc<DecideRetry>);

type DecideRetry = dyn Fn(&SentRequest<'_>) -> Option<Duration> + Send + Sync;

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Retry")
    }
}

impl Retry {
    pub(super) fn new(decide: impl Fn(&SentRequest<'_>) -> Option<Duration> + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    pub(super) fn delay(&self, sent: &SentRequest<'_>) -> Option<Duration> {
        (self.0)(sent)
    }
}

/// How many requests of one call are sent again because the server has not begun with them.
#[cfg(feature = "http2")]
const MAX_NOT_BEGUN: u32 = 2;

/// Returns whether an HTTP/2 server has replied that it has not begun with a request. Such a request can be sent again, whatever
/// its method. reqwest would send it again by itself, without a span.
#[cfg(feature = "http2")]
pub(super) fn was_not_begun(error: &reqwest::Error, times_before: u32) -> bool {
    times_before < MAX_NOT_BEGUN
        && super::error::causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
            error.is_remote()
                && ((error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR))
                    || (error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)))
        })
}

#[cfg(not(feature = "http2"))]
pub(super) const fn was_not_begun(_error: &reqwest::Error, _times_before: u32) -> bool {
    false
}
