//! Redirects: which are followed, and what the next request is.
//!
//! reqwest's own policy cannot be read back, and follows without a word, with the headers of the first request. So each hop is a
//! request of its own, made here by reqwest's rules.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION, REFERER,
    TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::{Request, Url};

use super::origin::is_same_origin;

/// Which redirects a client follows: 10 for a request, unless set.
///
/// ```
/// use spanwise::{Client, RedirectDecision, Redirects};
///
/// # fn example() -> Result<(), reqwest::Error> {
/// let at_home = Redirects::custom(|redirect| match redirect.url().host_str() {
///     Some("orders.internal") if redirect.previous().len() <= 3 => RedirectDecision::Follow,
///     _ => RedirectDecision::Stop,
/// });
/// let http = Client::builder().redirects(at_home).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redirects(Policy);

#[derive(Clone)]
enum Policy {
    Limited(usize),
    Custom(Arc<dyn Fn(&Redirect<'_>) -> RedirectDecision + Send + Sync>),
}

impl fmt::Debug for Redirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Policy::Limited(most) => write!(f, "Redirects::limited({most})"),
            Policy::Custom(_) => f.write_str("Redirects::custom(..)"),
        }
    }
}

impl Default for Redirects {
    fn default() -> Self {
        Self::limited(10)
    }
}

impl Redirects {
    /// None is followed: the redirect is the response.
    #[must_use]
    pub fn none() -> Self {
        Self::custom(|_| RedirectDecision::Stop)
    }

    /// So many are followed; one more is an error.
    #[must_use]
    pub const fn limited(most: usize) -> Self {
        Self(Policy::Limited(most))
    }

    /// Those for which the function says so. It has to end by itself what goes round in circles.
    #[must_use]
    pub fn custom(decide: impl Fn(&Redirect<'_>) -> RedirectDecision + Send + Sync + 'static) -> Self {
        Self(Policy::Custom(Arc::new(decide)))
    }

    pub(super) fn decide(&self, redirect: &Redirect<'_>) -> RedirectDecision {
        match &self.0 {
            // The first is not a redirect.
            Policy::Limited(most) if redirect.previous.len() > *most => {
                RedirectDecision::Error(Box::new(TooManyRedirects))
            }
            Policy::Limited(_) => RedirectDecision::Follow,
            Policy::Custom(decide) => decide(redirect),
        }
    }
}

/// A redirect that could be followed.
#[derive(Debug)]
pub struct Redirect<'a> {
    pub(super) status: StatusCode,
    pub(super) url: &'a Url,
    pub(super) previous: &'a [Url],
}

impl Redirect<'_> {
    /// The response's status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Where it leads.
    #[must_use]
    pub const fn url(&self) -> &Url {
        self.url
    }

    /// Where the requests went so far, the first among them.
    #[must_use]
    pub const fn previous(&self) -> &[Url] {
        self.previous
    }
}

/// What becomes of a redirect.
#[derive(Debug)]
#[non_exhaustive]
pub enum RedirectDecision {
    /// It is followed.
    Follow,
    /// It is the response.
    Stop,
    /// It is an error, of reqwest's kind `redirect`.
    Error(Box<dyn Error + Send + Sync>),
}

#[derive(Debug)]
struct TooManyRedirects;

impl fmt::Display for TooManyRedirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many redirects")
    }
}

impl Error for TooManyRedirects {}

/// Never sent to an origin that they were not meant for.
const SENSITIVE: [HeaderName; 4] = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, WWW_AUTHENTICATE];

/// Changes a request, of which `sent` was answered by this redirect, into the next one.
/// `referer` is the application's own, and comes back where this hop is not to be told where the last one was.
pub(super) fn follow(
    sent: &mut Request,
    status: StatusCode,
    to: Url,
    referer: Option<&HeaderValue>,
    sends_referer: bool,
) {
    let method = sent.method();
    let is_get_now = match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        StatusCode::SEE_OTHER => true,
        _ => false,
    };
    if is_get_now {
        if *method != Method::HEAD {
            *sent.method_mut() = Method::GET;
        }
        *sent.body_mut() = None;
        for header in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING] {
            sent.headers_mut().remove(header);
        }
    }
    let from = std::mem::replace(sent.url_mut(), to);
    if !is_same_origin(&from, sent.url()) {
        remove_sensitive(sent.headers_mut());
    }
    let told = sends_referer.then(|| told_referer(&from, sent.url())).flatten();
    sent.headers_mut().remove(REFERER);
    if let Some(referer) = told.or_else(|| referer.cloned()) {
        sent.headers_mut().insert(REFERER, referer);
    }
}

fn remove_sensitive(headers: &mut HeaderMap) {
    for header in SENSITIVE {
        headers.remove(header);
    }
    headers.remove("cookie2");
    let baggage = |name: &&HeaderName| {
        matches!(name.as_str(), "baggage" | "jaeger-baggage") || name.as_str().starts_with("uberctx-")
    };
    for name in headers.keys().filter(baggage).cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

fn told_referer(from: &Url, to: &Url) -> Option<HeaderValue> {
    if from.scheme() == "https" && to.scheme() == "http" {
        return None;
    }
    let mut referer = from.clone();
    // Both fail only for URLs that cannot have credentials.
    let _ = referer.set_username("");
    let _ = referer.set_password(None);
    referer.set_fragment(None);
    referer.as_str().parse().ok()
}

/// Default headers that reqwest adds to each request by itself, and that are not for another origin: they are put
/// out of the way by an empty value, there being no other means.
pub(super) fn blank_defaults(headers: &mut HeaderMap, defaults: &[HeaderName]) {
    for name in defaults {
        headers.insert(name, HeaderValue::from_static(""));
    }
}

/// Those among reqwest's default headers that must not follow to another origin. The client tells them by its `Debug`
/// form and by nothing else.
pub(super) fn sensitive_defaults(http: &reqwest::Client) -> Vec<HeaderName> {
    let shown = format!("{http:?}").to_ascii_lowercase();
    let told = shown.split_once("default_headers").map_or("", |(_, rest)| rest);
    let names = SENSITIVE.into_iter().chain([HeaderName::from_static("cookie2")]);
    names.filter(|name| told.contains(&format!("\"{name}\":"))).collect()
}
