//! Redirects: which are followed, and what the next request is.
//!
//! reqwest would follow redirects with the headers of the first request and without a span for each, and its policy cannot be read
//! back. So each hop is a request of its own, made here by reqwest's rules.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, REFERER, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::{Request, Url};

use super::origin::is_same_origin;
use crate::secret;

/// Which redirects a client follows. By default, up to 10 for each call.
///
/// ```
/// use spanwise::Client;
/// use spanwise::client::{RedirectAction, RedirectPolicy};
///
/// # fn example() -> Result<(), reqwest::Error> {
/// let internal = RedirectPolicy::custom(|redirect| match redirect.url().host_str() {
///     Some("orders.internal") if redirect.previous().len() <= 3 => RedirectAction::Follow,
///     _ => RedirectAction::Stop,
/// });
/// let http = Client::builder().redirect(internal).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedirectPolicy(RedirectRule);

#[derive(Clone)]
enum RedirectRule {
    Limited(usize),
    Custom(Arc<dyn Fn(&RedirectAttempt<'_>) -> RedirectAction + Send + Sync>),
}

impl fmt::Debug for RedirectPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RedirectRule::Limited(max) => write!(f, "RedirectPolicy::limited({max})"),
            RedirectRule::Custom(_) => f.write_str("RedirectPolicy::custom(..)"),
        }
    }
}

impl Default for RedirectPolicy {
    fn default() -> Self {
        Self::limited(10)
    }
}

impl RedirectPolicy {
    /// Follows no redirects: the redirect itself is the response.
    #[must_use]
    pub fn none() -> Self {
        Self::custom(|_| RedirectAction::Stop)
    }

    /// Follows up to `max` redirects for each call. One more is an error of reqwest's kind `redirect`.
    #[must_use]
    pub const fn limited(max: usize) -> Self {
        Self(RedirectRule::Limited(max))
    }

    /// Calls `decide` for each redirect. It must eventually stop: redirects may form a loop.
    #[must_use]
    pub fn custom(decide: impl Fn(&RedirectAttempt<'_>) -> RedirectAction + Send + Sync + 'static) -> Self {
        Self(RedirectRule::Custom(Arc::new(decide)))
    }

    pub(super) fn decide(&self, redirect: &RedirectAttempt<'_>) -> RedirectAction {
        match &self.0 {
            // `previous` starts with the URL of the call.
            RedirectRule::Limited(max) if redirect.previous.len() > *max => {
                RedirectAction::Error(Box::new(TooManyRedirects))
            }
            RedirectRule::Limited(_) => RedirectAction::Follow,
            RedirectRule::Custom(decide) => decide(redirect),
        }
    }
}

/// A redirect, before it is followed.
#[derive(Debug)]
pub struct RedirectAttempt<'a> {
    pub(super) status: StatusCode,
    pub(super) url: &'a Url,
    pub(super) previous: &'a [Url],
}

impl RedirectAttempt<'_> {
    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the URL that the redirect points to.
    #[must_use]
    pub const fn url(&self) -> &Url {
        self.url
    }

    /// Returns the URLs of the requests so far, starting with the first.
    #[must_use]
    pub const fn previous(&self) -> &[Url] {
        self.previous
    }
}

/// What to do about a redirect.
#[derive(Debug)]
#[non_exhaustive]
pub enum RedirectAction {
    /// Follow it.
    Follow,
    /// Return it as the response.
    Stop,
    /// Fail with an error of reqwest's kind `redirect`.
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

/// A redirect to a URL that no request can be sent to.
#[derive(Debug)]
pub(super) struct BadScheme;

impl fmt::Display for BadScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("URL scheme is not allowed")
    }
}

impl Error for BadScheme {}

/// Whether a header is not sent to another origin: it has credentials, or what the application passes on.
fn is_sensitive(name: &HeaderName) -> bool {
    let name = name.as_str();
    secret::is_name(name) || matches!(name, "baggage" | "jaeger-baggage") || name.starts_with("uberctx-")
}

/// Changes the request whose response was a redirect into the next one. `referer` is the application's own header: it is used
/// where this hop gets no other `Referer`.
pub(super) fn follow(
    request: &mut Request,
    status: StatusCode,
    to: Url,
    referer: Option<&HeaderValue>,
    sends_referer: bool,
) {
    let method = request.method();
    let is_get_now = match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        StatusCode::SEE_OTHER => true,
        _ => false,
    };
    if is_get_now {
        if *method != Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        *request.body_mut() = None;
        for header in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING] {
            request.headers_mut().remove(header);
        }
    }
    let from = std::mem::replace(request.url_mut(), to);
    if !is_same_origin(&from, request.url()) {
        remove_sensitive(request.headers_mut());
    }
    let new_referer = sends_referer.then(|| referer_of(&from, request.url())).flatten();
    request.headers_mut().remove(REFERER);
    if let Some(referer) = new_referer.or_else(|| referer.cloned()) {
        request.headers_mut().insert(REFERER, referer);
    }
}

fn remove_sensitive(headers: &mut HeaderMap) {
    let sensitive: Vec<_> = headers
        .iter()
        .filter(|(name, value)| is_sensitive(name) || value.is_sensitive())
        .map(|(name, _)| name.clone())
        .collect();
    for name in sensitive {
        headers.remove(name);
    }
}

fn referer_of(from: &Url, to: &Url) -> Option<HeaderValue> {
    if from.scheme() == "https" && to.scheme() == "http" {
        return None;
    }
    let mut referer = from.clone();
    // Both calls fail only for URLs that cannot have credentials.
    let _ = referer.set_username("");
    let _ = referer.set_password(None);
    referer.set_fragment(None);
    // The other side of a redirect may be anybody.
    if !is_same_origin(from, to) && referer.query().is_some_and(secret::is_in) {
        referer.set_query(None);
    }
    referer.as_str().parse().ok()
}

/// Sets default headers of reqwest's to an empty value: reqwest adds them to each request that does not have them, and there is no
/// other way to keep them from another origin.
pub(super) fn blank_defaults(headers: &mut HeaderMap, defaults: &[HeaderName]) {
    for name in defaults {
        headers.insert(name, HeaderValue::from_static(""));
    }
}

/// Returns the default headers of a client that must not be sent to another origin. They are read from the client's `Debug` form,
/// since it has no other way to ask for them.
pub(super) fn sensitive_defaults(http: &reqwest::Client) -> Vec<HeaderName> {
    names_in_debug(&format!("{http:?}")).into_iter().filter(is_sensitive).collect()
}

/// The names in `default_headers: {"name": "value", ..}`. A quotation mark in a value has a backslash before it, and no name ends with
/// one.
fn names_in_debug(debug: &str) -> Vec<HeaderName> {
    let headers = debug.split_once("default_headers: {").map_or("", |(_, headers)| headers);
    let before_values = headers.match_indices("\": ").map(|(end, _)| &headers[..end]);
    before_values.filter_map(|before| HeaderName::try_from(before.rsplit('"').next()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_headers_are_found_in_the_debug_form() {
        let mut headers = HeaderMap::new();
        let mut secret = HeaderValue::from_static("s3cret");
        secret.set_sensitive(true);
        for (name, value) in [
            ("x-one", HeaderValue::from_static("a \\\", \"b\": {}")),
            ("authorization", secret),
            ("x-api-key", HeaderValue::from_static("")),
            ("x-api-key", HeaderValue::from_static("\"")),
            ("x-two", HeaderValue::from_static("c")),
        ] {
            headers.append(name, value);
        }
        let http = reqwest::Client::builder().default_headers(headers).build().expect("a client");
        let debug = format!("{http:?}");
        let mut names: Vec<_> = names_in_debug(&debug).iter().map(ToString::to_string).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| name != "accept");
        assert_eq!(names, ["authorization", "x-api-key", "x-one", "x-two"], "{debug}");
        let mut sensitive: Vec<_> = sensitive_defaults(&http).iter().map(ToString::to_string).collect();
        sensitive.dedup();
        assert_eq!(sensitive.len(), 2, "{sensitive:?}");
        assert!(sensitive_defaults(&reqwest::Client::new()).is_empty());
    }

    #[test]
    fn another_origin_gets_neither_credentials_nor_a_query_with_some() {
        let mut request = Request::new(Method::GET, "https://a/x?token=abc".parse().expect("a URL"));
        let mut marked = HeaderValue::from_static("x");
        marked.set_sensitive(true);
        for name in [
            "authorization",
            "cookie",
            "x-api-key",
            "x-auth-token",
            "x-amz-security-token",
            "x-csrf-token",
            "baggage",
            "uberctx-a",
        ] {
            request.headers_mut().insert(name, HeaderValue::from_static("s3cret"));
        }
        request.headers_mut().insert("x-marked", marked);
        request.headers_mut().insert("accept", HeaderValue::from_static("*/*"));
        let mut same = request.try_clone().expect("no body");
        follow(&mut same, StatusCode::FOUND, "https://a/y".parse().expect("a URL"), None, true);
        assert_eq!(same.headers().len(), 11);
        assert_eq!(same.headers()[REFERER], "https://a/x?token=abc");
        follow(&mut request, StatusCode::FOUND, "https://b/y".parse().expect("a URL"), None, true);
        let names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept", "referer"]);
        assert_eq!(request.headers()[REFERER], "https://a/x");
    }
}
