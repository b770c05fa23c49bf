//! Making a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use reqwest::Request;

use super::call::{Own, Shared};
use super::redirect::{Redirects, sensitive_defaults};
use super::retry::{Retry, Sent};
use super::settings::Settings;
use super::{Client, bridge};
use crate::RequestSpan;

/// A client being made: reqwest's [`ClientBuilder`](reqwest::ClientBuilder), by [`with`](Self::with), and what Spanwise does.
///
/// What is a matter of more than one request is Spanwise's: redirects, retries, the time for all of them, and the headers that
/// each gets.
#[must_use = "a client is made by `build`"]
pub struct ClientBuilder {
    http: reqwest::ClientBuilder,
    own: Own,
    pub(super) settings: Settings,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.http.fmt(f)
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        let own = Own { sends_referer: true, ..Own::default() };
        Self { http: reqwest::ClientBuilder::new(), own, settings: Settings::default() }
    }
}

impl ClientBuilder {
    /// The client.
    ///
    /// # Errors
    ///
    /// Those of reqwest's `build`: where TLS cannot be set up, or something that was given makes no sense.
    pub fn build(self) -> Result<Client, reqwest::Error> {
        let Self { http, mut own, settings } = self;
        let http = settings.connector(http.redirect(bridge::policy()));
        // With a span for each, below.
        #[cfg(feature = "http2")]
        let http = http.retry(reqwest::retry::never());
        let http = http.build()?;
        own.sensitive_defaults = sensitive_defaults(&http);
        Ok(Client { http, shared: Shared { settings, own: Some(Arc::new(own)) } })
    }

    /// Everything that reqwest's builder can do, but what has a method here: what it is told of redirects and, with the feature
    /// `http2`, of retries is overwritten, and a timeout given there is for each attempt alone. Default headers with credentials that are
    /// given there go to another origin, by a redirect, with an empty value: there is no way to keep reqwest from adding them, but
    /// [`default_headers`](Self::default_headers).
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

    /// How long a call may take, from its start to the end of the response's body, all attempts and the pauses between them
    /// included. No limit, unless set; a request can have [one of its own](super::RequestBuilder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.own.timeout = Some(timeout);
        self
    }

    /// How long it may take to connect. No limit, unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http = self.http.connect_timeout(timeout);
        self
    }

    /// Headers for every request that does not have them itself. Those that carry credentials do not follow a redirect to
    /// another origin.
    pub fn default_headers(mut self, headers: HeaderMap) -> Self {
        for name in headers.keys() {
            // The first of several, as reqwest does.
            if let Some(value) = headers.get(name) {
                self.own.default_headers.insert(name, value.clone());
            }
        }
        self
    }

    /// The `User-Agent` of every request that does not have one itself.
    pub fn user_agent<V>(mut self, value: V) -> Self
    where
        V: TryInto<HeaderValue>,
        V::Error: Into<http::Error>,
    {
        match value.try_into() {
            Ok(value) => {
                // reqwest needs it, too, for what it says to proxies.
                self.http = self.http.user_agent(value.clone());
                self.own.default_headers.insert(header::USER_AGENT, value);
            }
            // reqwest keeps the error for `build`.
            Err(_) => self.http = self.http.user_agent("\n"),
        }
        self
    }

    /// Which redirects are followed: 10 for a call, unless set.
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.own.redirects = redirects;
        self
    }

    /// Whether a redirect is followed with a `Referer`. Yes, unless set.
    pub fn referer(mut self, send: bool) -> Self {
        self.own.sends_referer = send;
        self
    }

    /// Whether what has come of a request is to be tried again, and after which pause; `None`, when not. Never, unless set. It
    /// has to end by itself. A request whose body is a stream cannot be sent again, and is not asked about.
    ///
    /// ```
    /// use std::time::Duration;
    /// use spanwise::Client;
    ///
    /// # fn example() -> Result<(), reqwest::Error> {
    /// let http = Client::builder()
    ///     .retry(|sent| {
    ///         let is_worth_it = sent.method().is_idempotent()
    ///             && sent.status().is_none_or(|status| status == 503 || status == 429);
    ///         (is_worth_it && sent.retries() < 3).then(|| Duration::from_millis(100 << sent.retries()))
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry(mut self, decide: impl Fn(&Sent<'_>) -> Option<Duration> + Send + Sync + 'static) -> Self {
        self.own.retry = Some(Retry::new(decide));
        self
    }

    /// Which requests are recorded: those for which this is true. All, unless set. The others go out with the context
    /// that they are under.
    pub fn filter(mut self, filter: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.settings.set_filter(filter);
        self
    }

    /// The template of a request's URL, which becomes `url.template` and part of the span's name, where
    /// the request was not given [one](super::RequestBuilder::template) itself. It has to be one of few.
    pub fn template(mut self, template: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.set_template(template);
        self
    }

    /// Called when a recorded span has started, before its request is sent.
    ///
    /// ```
    /// # fn example() -> Result<(), reqwest::Error> {
    /// let http = spanwise::Client::builder()
    ///     .on_request(|span, request| span.set_attribute("shop.streams", request.body().is_some()))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_request(mut self, hook: impl Fn(&RequestSpan, &Request) + Send + Sync + 'static) -> Self {
        self.settings.set_on_request(hook);
        self
    }

    /// Called when the response's headers are there, or when there will be none.
    pub fn on_response(
        mut self,
        hook: impl Fn(&RequestSpan, Result<&reqwest::Response, &reqwest::Error>) + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_on_response(hook);
        self
    }

    /// Whether the spans end when the response's body has been read, and not already at its headers. No, unless set. A body
    /// that is dropped before its end is marked `spanwise.cancelled`.
    pub fn until_body_end(mut self, until: bool) -> Self {
        self.settings.set_until_body_end(until);
        self
    }

    /// Records these headers of requests, as `http.request.header.<name>`. None, unless set. Of those that carry credentials it is
    /// recorded that they are there, and of the others 16 values of 1024 bytes at the most.
    pub fn record_request_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_request_headers(names);
        self
    }

    /// Records these headers of responses, as `http.response.header.<name>`; in the same way.
    pub fn record_response_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_response_headers(names);
        self
    }

    /// Records the sizes of bodies, in bytes, where they are known beforehand; with [`until_body_end`](Self::until_body_end) that of a
    /// response's is what was read. No, unless set.
    pub fn record_body_sizes(mut self, record: bool) -> Self {
        self.settings.set_body_sizes(record);
        self
    }

    /// Records `user_agent.original`. No, unless set.
    pub fn record_user_agent(mut self, record: bool) -> Self {
        self.settings.set_user_agent(record);
        self
    }

    /// Records how long the parts of a request took, in seconds, as far as reqwest shows it: `spanwise.phase.dns`,
    /// `spanwise.phase.connect` (TLS included), `spanwise.phase.first_byte`, and with
    /// [`until_body_end`](Self::until_body_end) `spanwise.phase.body`. No, unless set.
    ///
    /// The first two are there where the request had a connection made. A resolver that was given by
    /// [`with`](Self::with) is replaced by the system's.
    pub fn record_phases(mut self, record: bool) -> Self {
        self.settings.set_phases(record);
        self
    }

    /// Names of query parameters whose values are not recorded in `url.full`, beside those that [never
    /// are](crate#what-is-recorded). In any case.
    pub fn redact_query(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.add_redacted(names);
        self
    }
}
