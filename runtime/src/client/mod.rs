//! [`Client`]: reqwest's client with a span for each request; and [`ClientLayer`], the same for other clients.
//!
//! `builder` and `request` have reqwest's API, and `options` is what they set. `call` is one call, which sends several requests if
//! there are redirects (`redirect`) or retries (`retry`). `attempt` is one of these requests, and `send` sends it: `span` starts
//! its span, `in_span` and `body` keep it current, `error` describes failures. `bridge` connects a request with reqwest's redirect
//! policy and connector, and `phases` measures the latter. `layer` is the tower middleware.

mod attempt;
mod body;
mod bridge;
mod builder;
mod call;
mod error;
mod in_span;
mod layer;
mod options;
mod origin;
mod phases;
mod redirect;
mod request;
mod retry;
mod send;
mod span;

use std::future::Future;

use reqwest::{IntoUrl, Method, Request, Response};

pub use builder::ClientBuilder;
pub use layer::{ClientBody, ClientFuture, ClientLayer, ClientService};
pub use redirect::{RedirectAction, RedirectAttempt, RedirectPolicy};
pub use request::RequestBuilder;
pub use retry::SentRequest;

pub use crate::http::RequestSpan;

use call::CallSettings;
use options::RequestOverrides;

/// An HTTP client that traces its requests. It is reqwest's [`Client`](reqwest::Client), and used the same way.
///
/// Each request has a CLIENT span with the [stable HTTP attributes](crate::docs::conventions): method, server and port, URL (with
/// credentials and secret query values redacted), status code, and `error.type` on a failure. 4xx and 5xx are failures. The
/// context of the span is sent in the request's headers, so that the span of the server becomes its child. The span ends when
/// the headers of the response are there, or [when its body has been read](ClientBuilder::until_body_end).
///
/// Redirects and [retries](ClientBuilder::retry) are requests with spans of their own, and with `http.request.resend_count`. RedirectPolicy to
/// another origin drop credentials and baggage, unless a [rule](ClientBuilder::propagate) allows baggage.
///
/// A client is cheap to clone, and its clones share one connection pool. Create one and keep it.
///
/// ```no_run
/// # async fn example() -> Result<(), reqwest::Error> {
/// let http = spanwise::Client::new();
/// let order = http.get("http://orders/orders/7").send().await?.text().await?;
/// # Ok(())
/// # }
/// ```
///
/// [`builder`](Client::builder) sets reqwest's options, and what is recorded and propagated:
///
/// ```
/// # fn example() -> Result<(), reqwest::Error> {
/// use std::time::Duration;
/// use spanwise::{Client, Propagator};
///
/// let http = Client::builder()
///     .timeout(Duration::from_secs(3))
///     .propagate("legacy.internal", [Propagator::Jaeger])
///     .propagate("*.partner.example", [])
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// `From` makes one from a client of reqwest's. That one follows redirects and retries itself, which cannot be seen from outside: there is
/// one span for each call, and every hop gets the headers of the first request, including baggage.
///
/// ```
/// let http = spanwise::Client::from(reqwest::Client::new());
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: CallSettings,
}

impl From<reqwest::Client> for Client {
    fn from(http: reqwest::Client) -> Self {
        Self { http, settings: CallSettings::default() }
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

    /// Sends this client's spans to this destination instead of the process's.
    #[cfg(feature = "record")]
    #[must_use]
    pub fn with_provider(mut self, provider: crate::Provider) -> Self {
        self.settings.options.set_provider(provider);
        self
    }

    /// Returns a builder, to set options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Starts a GET request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a POST request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Starts a PUT request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PUT, url)
    }

    /// Starts a PATCH request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PATCH, url)
    }

    /// Starts a DELETE request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::DELETE, url)
    }

    /// Starts a HEAD request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// Starts a request with any method. If the URL is invalid, `send` returns the error.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        RequestBuilder::new(self.http.request(method, url), self.settings.clone())
    }

    /// Sends a request that was built elsewhere.
    ///
    /// # Errors
    ///
    /// Fails like `reqwest::Client::execute`, and so does the span.
    pub fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + use<> {
        call::send(self.http.clone(), Ok(request), self.settings.clone(), RequestOverrides::default())
    }
}
