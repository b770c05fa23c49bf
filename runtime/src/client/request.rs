//! The builder of a request.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Version};
use reqwest::{Body, Request, Response};

use super::call::{self, CallSettings};
use super::options::RequestOverrides;

/// Builds a request, like reqwest's [`RequestBuilder`](reqwest::RequestBuilder).
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    http: reqwest::RequestBuilder,
    settings: CallSettings,
    overrides: RequestOverrides,
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // reqwest's own form has the values of the headers.
        f.debug_struct("RequestBuilder").finish_non_exhaustive()
    }
}

impl RequestBuilder {
    pub(super) fn new(http: reqwest::RequestBuilder, settings: CallSettings) -> Self {
        Self { http, settings, overrides: RequestOverrides::default() }
    }

    fn map(self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { http: change(self.http), ..self }
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

    /// Sets headers. They replace headers of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|http| http.headers(headers))
    }

    /// Sets the `authorization` header for basic authentication.
    pub fn basic_auth<U: fmt::Display, P: fmt::Display>(self, username: U, password: Option<P>) -> Self {
        self.map(|http| http.basic_auth(username, password))
    }

    /// Sets the `authorization` header for a bearer token.
    pub fn bearer_auth<T: fmt::Display>(self, token: T) -> Self {
        self.map(|http| http.bearer_auth(token))
    }

    /// Sets the body.
    pub fn body<T: Into<Body>>(self, body: T) -> Self {
        self.map(|http| http.body(body))
    }

    /// Sets the timeout of the call, in place of the [client's](super::ClientBuilder::timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|http| http.timeout(timeout))
    }

    /// Sets the HTTP version.
    pub fn version(self, version: Version) -> Self {
        self.map(|http| http.version(version))
    }

    /// Sets the body to JSON, and `content-type`.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(self, json: &T) -> Self {
        self.map(|http| http.json(json))
    }

    /// Adds parameters to the query of the URL.
    #[cfg(feature = "query")]
    pub fn query<T: serde::Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|http| http.query(query))
    }

    /// Sets the body to a URL-encoded form, and `content-type`.
    #[cfg(feature = "form")]
    pub fn form<T: serde::Serialize + ?Sized>(self, form: &T) -> Self {
        self.map(|http| http.form(form))
    }

    /// Sets the body to a multipart form, and `content-type`.
    #[cfg(feature = "multipart")]
    pub fn multipart(self, form: reqwest::multipart::Form) -> Self {
        self.map(|http| http.multipart(form))
    }

    /// Changes reqwest's builder, for what has no method here.
    ///
    /// ```no_run
    /// # fn example(http: spanwise::Client) {
    /// let request = http.post("http://orders/").with(|request| request.header("x-tenant", "7"));
    /// # }
    /// ```
    pub fn with(self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.map(change)
    }

    /// Sets the template of the URL: `url.template`, and part of the span's name. Templates have low cardinality.
    ///
    /// ```no_run
    /// # async fn example(http: spanwise::Client, id: u64) -> Result<(), reqwest::Error> {
    /// let order = http.get(format!("http://orders/orders/{id}")).template("/orders/{id}").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn template(mut self, template: impl Into<Cow<'static, str>>) -> Self {
        self.overrides.template = Some(template.into());
        self
    }

    /// Sends the request in this context instead of the current one.
    #[cfg(feature = "record")]
    pub fn context(mut self, context: crate::api::Context) -> Self {
        self.overrides.context = Some(context);
        self
    }

    /// Sends this request without a span, and without the context in its headers.
    ///
    /// Like the other options of the span, it is lost in a request made by [`build`](Self::build).
    pub fn untraced(mut self) -> Self {
        self.overrides.is_untraced = true;
        self
    }

    /// Sets whether the span ends when the body of the response has been read, in place of the
    /// [client's option](super::ClientBuilder::until_body_end).
    pub fn until_body_end(mut self, until: bool) -> Self {
        self.overrides.until_body_end = Some(until);
        self
    }

    /// Sets `http.request.resend_count`, for applications that retry requests themselves: how often this request was sent before.
    pub fn resend_count(mut self, times: u32) -> Self {
        self.overrides.resend_count = times;
        self
    }

    /// Builds the request without sending it. [`Client::execute`](super::Client::execute) sends it, with the client's options: the
    /// options of the span that were set here are lost.
    ///
    /// # Errors
    ///
    /// Fails if the URL, a header or the body is invalid.
    pub fn build(self) -> Result<Request, reqwest::Error> {
        self.http.build()
    }

    /// reqwest's builder, and the client's settings.
    pub(super) fn into_parts(self) -> (reqwest::RequestBuilder, CallSettings) {
        (self.http, self.settings)
    }

    /// Copies the builder. `None` if the body is a stream, which cannot be copied.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            http: self.http.try_clone()?,
            settings: self.settings.clone(),
            overrides: self.overrides.clone(),
        })
    }

    /// Sends the request. The parent of its span is the span that is current when the future is first polled: a context can be given to
    /// it by [`with_context`](crate::FutureExt::with_context). If no span is current by then, as in a task that was spawned without
    /// its context, it is the span that was current when this method was called.
    ///
    /// # Errors
    ///
    /// Fails like `reqwest::RequestBuilder::send`, and so does the span. A request that cannot be built has no span.
    pub fn send(self) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + Unpin + use<> {
        let (client, request) = self.http.build_split();
        call::send(client, request, self.settings, self.overrides)
    }
}
