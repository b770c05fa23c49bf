//! Building a request, as in reqwest.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Version};
use reqwest::{Body, Request, Response};

use super::attempt::Options;
use super::call::{self, Shared};

/// A request being built: reqwest's [`RequestBuilder`](reqwest::RequestBuilder), method by method.
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    http: reqwest::RequestBuilder,
    shared: Shared,
    pub(super) options: Options,
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.http.fmt(f)
    }
}

impl RequestBuilder {
    pub(super) fn new(http: reqwest::RequestBuilder, shared: Shared) -> Self {
        Self { http, shared, options: Options::default() }
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

    /// How long the call may take, in place of the client's [setting](super::ClientBuilder::timeout).
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

    /// The template of the URL, which becomes `url.template` and part of the span's name. It has to be one of few.
    ///
    /// ```no_run
    /// # async fn example(http: spanwise::Client, id: u64) -> Result<(), reqwest::Error> {
    /// let order = http.get(format!("http://orders/orders/{id}")).template("/orders/{id}").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn template(mut self, template: impl Into<Cow<'static, str>>) -> Self {
        self.options.set_template(template.into());
        self
    }

    /// This request has no span, and nothing of the context in its headers: it is as if sent by reqwest. As all that is said here of
    /// the span, it is of [`send`](Self::send), and does not go along with what [`build`](Self::build) gives.
    pub fn untraced(mut self) -> Self {
        self.options.set_untraced();
        self
    }

    /// Whether the span ends when the response's body has been read, in place of the
    /// [client's setting](super::ClientBuilder::until_body_end).
    pub fn until_body_end(mut self, until: bool) -> Self {
        self.options.set_until_body_end(until);
        self
    }

    /// How often this request was sent before, where the application sends it again itself: `http.request.resend_count`.
    pub fn resend_count(mut self, times: u32) -> Self {
        self.options.set_resent(times);
        self
    }

    /// The request, built but not sent; [`Client::execute`](super::Client::execute) sends it, with what the client is set to: what was said
    /// here of the span is lost.
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
            shared: self.shared.clone(),
            options: self.options.clone(),
        })
    }

    /// Sends the request, under the context that is current at this call.
    ///
    /// # Errors
    ///
    /// Those of `reqwest::RequestBuilder::send`; the span is marked with it. What could not be built is not
    /// sent, and has no span.
    pub fn send(self) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + use<> {
        let (client, request) = self.http.build_split();
        call::send(client, request, self.shared, self.options)
    }
}
