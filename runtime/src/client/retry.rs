//! Sending again what has failed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use reqwest::{Method, Response, Url};

/// A request that was sent, and what came of it: what a [retry](super::ClientBuilder::retry) is decided by.
#[derive(Debug)]
pub struct Sent<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) result: Result<&'a Response, &'a reqwest::Error>,
    pub(super) retries: u32,
}

impl Sent<'_> {
    /// The request's method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        self.method
    }

    /// Where it was sent.
    #[must_use]
    pub const fn url(&self) -> &Url {
        self.url
    }

    /// The response, if there is one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.result.ok()
    }

    /// The response's status, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(Response::status)
    }

    /// The error, if there is no response.
    #[must_use]
    pub fn error(&self) -> Option<&reqwest::Error> {
        self.result.err()
    }

    /// How often the call was sent again already.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.retries
    }
}

/// Says whether to send again, and after which pause.
#[derive(Clone)]
pub(super) struct Retry(Arc<Decide>);

type Decide = dyn Fn(&Sent<'_>) -> Option<Duration> + Send + Sync;

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Retry")
    }
}

impl Retry {
    pub(super) fn new(decide: impl Fn(&Sent<'_>) -> Option<Duration> + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    pub(super) fn pause(&self, sent: &Sent<'_>) -> Option<Duration> {
        (self.0)(sent)
    }
}

/// The most requests that one call sends because the server would not begin with them.
#[cfg(feature = "http2")]
const MOST_NOT_BEGUN: u32 = 2;

/// Whether an HTTP/2 server has said that it has not begun with a request, which can then be sent again whatever it is.
/// reqwest does this by itself, but without a word.
#[cfg(feature = "http2")]
pub(super) fn was_not_begun(error: &reqwest::Error, times_before: u32) -> bool {
    times_before < MOST_NOT_BEGUN
        && super::causes::causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
            error.is_remote()
                && ((error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR))
                    || (error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)))
        })
}

#[cfg(not(feature = "http2"))]
pub(super) const fn was_not_begun(_error: &reqwest::Error, _times_before: u32) -> bool {
    false
}
