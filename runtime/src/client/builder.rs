//! The builder of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use reqwest::Request;

use super::bridge;
use super::call::{CallPolicy, CallSettings};
use super::client::Client;
use super::options::SharedClientOptions;
use super::origin::OriginPattern;
use super::phases::{PhasesLayer, TimedResolver};
use super::redirect::{RedirectPolicy, sensitive_defaults};
use super::retry::{Retry, SentRequest};
use crate::diag;
use crate::http::request_option_methods;
use crate::propagation::Propagator;

/// Builds a [`Client`].
///
/// The options of reqwest's [`ClientBuilder`](reqwest::ClientBuilder) are set by [`with`](Self::with). Redirects, retries, the timeout of a
/// call and the default headers are options of this builder, since they concern more than one request.
#[must_use = "a client is made by `build`"]
pub struct ClientBuilder {
    http: reqwest::ClientBuilder,
    policy: CallPolicy,
    options: SharedClientOptions,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // reqwest's own form has the values of the default headers.
        f.debug_struct("ClientBuilder").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        let policy = CallPolicy { sends_referer: true, ..CallPolicy::default() };
        Self { http: reqwest::ClientBuilder::new(), policy, options: SharedClientOptions::default() }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// Creates a client with reqwest's defaults.
    ///
    /// # Panics
    ///
    /// Panics if TLS cannot be set up, like `reqwest::Client::new()`. [`ClientBuilder::build`] returns an error instead.
    #[must_use]
    pub fn new() -> Self {
        match Self::builder().build() {
            Ok(client) => client,
            // Panics with the reason, as reqwest does.
            Err(_) => Self::from(reqwest::Client::new()),
        }
    }

    /// Returns a builder, to set options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// Returns a builder with reqwest's defaults, like [`Client::builder`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// Fails like reqwest's `build`: if TLS cannot be set up, or an option is invalid.
    pub fn build(self) -> Result<Client, reqwest::Error> {
        let Self { http, mut policy, options } = self;
        let mut http = http.redirect(bridge::policy());
        if options.has_phases() {
            http = http.dns_resolver(TimedResolver).connector_layer(PhasesLayer);
        }
        // The policy retries, with a span for each.
        #[cfg(feature = "http2")]
        let http = http.retry(reqwest::retry::never());
        let http = http.build()?;
        policy.sensitive_defaults = sensitive_defaults(&http);
        Ok(Client { http, settings: CallSettings { options, policy: Some(Arc::new(policy)) } })
    }

    /// Changes reqwest's builder.
    ///
    /// Use this builder's own methods where there is one: a redirect policy, and with the feature `http2` a retry policy, is overwritten. A
    /// timeout applies to each attempt. Default headers with credentials are sent to another origin with an empty value after a
    /// redirect; those of [`default_headers`](Self::default_headers) are not sent.
    ///
    /// ```
    /// # fn example() -> Result<(), reqwest::Error> {
    /// let http = spanwise::Client::builder().with(|builder| builder.no_proxy().https_only(true)).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with(mut self, change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Self {
        self.http = change(self.http);
        self
    }

    /// Sets the timeout of a call: from its start to the end of the response's body, including all attempts and the delays between
    /// them. By default, there is none. A request can have [its own](super::RequestBuilder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.policy.timeout = Some(timeout);
        self
    }

    /// Adds a proxy.
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.http = self.http.proxy(proxy);
        self
    }

    /// Uses no proxy, neither one that was added nor one of the environment.
    pub fn no_proxy(mut self) -> Self {
        self.http = self.http.no_proxy();
        self
    }

    /// Sets whether only `https` URLs can be requested. A redirect to another is an error of reqwest's kind `redirect`. By default false.
    pub fn https_only(mut self, only: bool) -> Self {
        self.policy.is_https_only = only;
        self.http = self.http.https_only(only);
        self
    }

    /// Sets how long reading may take without a byte, for each request of a call. By default, there is no limit.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.http = self.http.read_timeout(timeout);
        self
    }

    /// Sets how long an idle connection is kept; `None` for no limit. By default 90 seconds.
    pub fn pool_idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.http = self.http.pool_idle_timeout(timeout);
        self
    }

    /// Sets how many idle connections to a host are kept. By default, there is no limit.
    pub fn pool_max_idle_per_host(mut self, max: usize) -> Self {
        self.http = self.http.pool_max_idle_per_host(max);
        self
    }

    /// Sets the timeout of making a connection. By default, there is none.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http = self.http.connect_timeout(timeout);
        self
    }

    /// Sets the headers of every request that does not have them itself. Redirects to another origin drop those that carry
    /// credentials.
    pub fn default_headers(mut self, headers: HeaderMap) -> Self {
        for (name, value) in &headers {
            // The last of several values, as in reqwest.
            self.policy.default_headers.insert(name, value.clone());
            if *name == header::USER_AGENT {
                // reqwest sends it to proxies, too.
                self.http = self.http.user_agent(value.clone());
            }
        }
        self
    }

    /// Sets the `User-Agent` of every request that does not have one itself.
    pub fn user_agent<V>(mut self, value: V) -> Self
    where
        V: TryInto<HeaderValue>,
        V::Error: Into<http::Error>,
    {
        match value.try_into() {
            Ok(value) => {
                // reqwest sends it to proxies, too.
                self.http = self.http.user_agent(value.clone());
                self.policy.default_headers.insert(header::USER_AGENT, value);
            }
            // Makes reqwest return an error from `build`.
            Err(_) => self.http = self.http.user_agent("\n"),
        }
        self
    }

    /// Sets which redirects are followed. By default, up to 10 for each call.
    pub fn redirect(mut self, redirects: RedirectPolicy) -> Self {
        self.policy.redirects = redirects;
        self
    }

    /// Sets whether redirects are followed with a `Referer`. By default true.
    pub fn referer(mut self, send: bool) -> Self {
        self.policy.sends_referer = send;
        self
    }

    /// Sets the function that decides whether to retry, from the result of a request. It returns the delay before the next attempt, or
    /// `None` to return the result. It must eventually return `None`. By default, nothing is retried.
    ///
    /// It is not called for requests whose body is a stream, since they cannot be sent again.
    ///
    /// ```
    /// use std::time::Duration;
    /// use spanwise::Client;
    ///
    /// # fn example() -> Result<(), reqwest::Error> {
    /// let http = Client::builder()
    ///     .retry(|sent| {
    ///         let is_retryable = sent.method().is_idempotent()
    ///             && sent.status().is_none_or(|status| status == 503 || status == 429);
    ///         (is_retryable && sent.retries() < 3).then(|| Duration::from_millis(100 << sent.retries()))
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry(
        mut self,
        decide: impl Fn(&SentRequest<'_>) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.policy.retry = Some(Retry::new(decide));
        self
    }

    request_option_methods! {
        request: Request,
        response: Result<&reqwest::Response, &reqwest::Error>,
        url: "url.full",
        /// The other requests are sent with the current context in their headers.
        filter,
        /// Its request has not been sent yet.
        ///
        /// ```
        /// # fn example() -> Result<(), reqwest::Error> {
        /// let http = spanwise::Client::builder()
        ///     .on_request(|span, request| span.set_attribute("shop.streams", request.body().is_some()))
        ///     .build()?;
        /// # Ok(())
        /// # }
        /// ```
        on_request,
        /// Also called with an error, if there is no response.
        on_response,
        /// Writes the context in these formats, in place of the process's. An empty list disables it. A [rule](Self::propagate) takes
        /// precedence.
        propagators,
        record_request_headers,
        redact_query,
    }

    /// Sends this client's spans to this destination instead of the process's.
    #[cfg(feature = "record")]
    pub fn provider(mut self, provider: crate::Provider) -> Self {
        self.options.set_provider(provider);
        self
    }

    /// Adds a rule: writes the context in these formats to these origins. An empty list disables it.
    ///
    /// An origin is a host like `legacy.internal`, or `*.partner.example` for all hosts below one; optionally with a port after it
    /// and a scheme before it. The first rule that matches applies, to a first request and to redirects alike. A text that is not
    /// an origin is ignored with a warning.
    ///
    /// Redirects to another origin drop baggage, unless a rule matches that origin.
    ///
    /// ```
    /// use spanwise::{Client, Propagator};
    ///
    /// # fn example() -> Result<(), reqwest::Error> {
    /// let http = Client::builder()
    ///     .propagate("legacy.internal", [Propagator::Jaeger])
    ///     .propagate("*.partner.example", [])
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn propagate(mut self, origins: &str, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        match OriginPattern::parse(origins) {
            Some(pattern) => {
                self.options.change().rules.push((pattern, propagators.into_iter().collect()));
            }
            None => diag::warn(format_args!(
                "{:?} is neither a host nor `*.` and a host; the rule of propagation is ignored",
                diag::escaped(origins)
            )),
        }
        self
    }

    /// Sets the function that returns the template of a request's URL: `url.template`, and part of the span's name. It is called if
    /// the request has no [template of its own](super::RequestBuilder::template). Templates have low cardinality.
    pub fn template(mut self, template: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Self {
        self.options.change().template = Some(Arc::new(template));
        self
    }

    /// Sets whether spans end when the body of the response has been read, and not when its headers are there. By default false.
    ///
    /// If the body is dropped before its end, the span is marked `spanwise.cancelled`.
    pub fn until_body_end(mut self, until: bool) -> Self {
        self.options.change().until_body_end = until;
        self
    }

    /// Records the sizes of bodies in bytes, if they are known beforehand. With [`until_body_end`](Self::until_body_end),
    /// `http.response.body.size` is the number of bytes that were read. By default false.
    pub fn record_body_sizes(mut self, record: bool) -> Self {
        self.options.change().has_body_sizes = record;
        self
    }

    /// Records `user_agent.original`. By default false.
    pub fn record_user_agent(mut self, record: bool) -> Self {
        self.options.change().has_user_agent = record;
        self
    }

    /// Records the durations of the phases of a request in seconds, as far as reqwest shows them: `spanwise.phase.dns`,
    /// `spanwise.phase.connect` (TLS included), `spanwise.phase.first_byte`, and with [`until_body_end`](Self::until_body_end)
    /// `spanwise.phase.body`. By default false.
    ///
    /// The first two are there if a connection was made for the request. A resolver that was set by [`with`](Self::with) is
    /// replaced by the system's.
    pub fn record_phases(mut self, record: bool) -> Self {
        self.options.change().has_phases = record;
        self
    }
}
