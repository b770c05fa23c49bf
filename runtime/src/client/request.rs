//! Building a request, as in reqwest.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Version};
use reqwest::{Body, Request, Response};

use super::call::{self, Explicit, Settings};

/// A request being built: reqwest's [`RequestBuilder`](reqwest::RequestBuilder), method by method.
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    http: reqwest::RequestBuilder,
    settings: Settings,
    pub(super) explicit: Explicit,
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.http.fmt(f)
    }
}

impl RequestBuilder {
    pub(super) fn new(http: reqwest::RequestBuilder, settings: Settings) -> Self {
        Self { http, settings, explicit: Explicit::default() }
    }

    fn map(self, with: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { http: with(self.http), ..self }
    }

    /// Adds a header.
    pub fn header<K, V>(self, key: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.map(|http| http.header(key, value))
    }

    /// Adds headers, in place of those of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|http| http.headers(headers))
    }

    /// HTTP basic authentication.
    pub fn basic_auth<U: fmt::Display, P: fmt::Display>(self, username: U, password: Option<P>) -> Self {
        self.map(|http| http.basic_auth(username, password))
    }

    /// HTTP bearer authentication.
    pub fn bearer_auth<T: fmt::Display>(self, token: T) -> Self {
        self.map(|http| http.bearer_auth(token))
    }

    /// Sets the body.
    pub fn body<T: Into<Body>>(self, body: T) -> Self {
        self.map(|http| http.body(body))
    }

    /// How long the request may take, in place of the client's setting.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|http| http.timeout(timeout))
    }

    /// Sets the HTTP version.
    pub fn version(self, version: Version) -> Self {
        self.map(|http| http.version(version))
    }

    /// Sets the body to JSON, and the content type.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(self, json: &T) -> Self {
        self.map(|http| http.json(json))
    }

    /// Adds parameters to the URL's query.
    #[cfg(feature = "query")]
    pub fn query<T: serde::Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|http| http.query(query))
    }

    /// Sets the body to a URL-encoded form, and the content type.
    #[cfg(feature = "form")]
    pub fn form<T: serde::Serialize + ?Sized>(self, form: &T) -> Self {
        self.map(|http| http.form(form))
    }

    /// Sets the body to a multipart form, and the content type.
    #[cfg(feature = "multipart")]
    pub fn multipart(self, form: reqwest::multipart::Form) -> Self {
        self.map(|http| http.multipart(form))
    }

    /// Everything else that reqwest's builder can do.
    ///
    /// ```no_run
    /// # fn example(http: spanwise::Client) {
    /// let request = http.post("http://orders/").with(|request| request.header("x-tenant", "7"));
    /// # }
    /// ```
    pub fn with(self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.map(change)
    }

    /// The request, built but not sent; [`Client::execute`](super::Client::execute) sends it.
    ///
    /// # Errors
    ///
    /// What was wrong with the URL, a header or the body.
    pub fn build(self) -> Result<Request, reqwest::Error> {
        self.http.build()
    }

    /// A copy, where the body can be copied: a stream cannot.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            http: self.http.try_clone()?,
            settings: self.settings.clone(),
            explicit: self.explicit.clone(),
        })
    }

    /// Sends the request, under the context that is current at this call.
    ///
    /// # Errors
    ///
    /// Those of `reqwest::RequestBuilder::send`; the span is marked with it. What could not be built is not
    /// sent, and has no span.
    pub fn send(self) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + use<> {
        let parent = self.settings.parent(self.explicit);
        let (client, request) = self.http.build_split();
        call::send(client, request, parent)
    }
}
