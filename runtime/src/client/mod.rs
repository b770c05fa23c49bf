//! [`Client`]: reqwest's client, traced; and [`ClientLayer`], the same for other clients.
//!
//! `builder` and `request` are reqwest's API; `call` is one call of it, which may be several attempts: `redirect` and
//! `retry` say which. `bridge` carries what they ask for into reqwest and what it tells out of it. `attempt` is one request
//! and its span. `layer` is the tower middleware.

mod attempt;
mod body;
mod bridge;
mod builder;
mod call;
mod causes;
mod error;
mod layer;
mod origin;
mod phases;
mod redirect;
mod request;
mod retry;
mod settings;
mod span;
mod under;

use std::future::Future;

use reqwest::{IntoUrl, Method, Request, Response};

pub use builder::ClientBuilder;
pub use layer::{ClientBody, ClientFuture, ClientLayer, ClientService};
pub use redirect::{Redirect, RedirectDecision, Redirects};
pub use request::RequestBuilder;
pub use retry::Sent;

use call::Shared;

/// An HTTP client that traces its requests: reqwest's [`Client`](reqwest::Client), used the same way.
///
/// Each request has a CLIENT span with the [stable HTTP attributes](crate::conventions):
/// method, server and port, URL (credentials and secret query values redacted), status code, and on a
/// failure `error.type`; 4xx and 5xx are failures. The span's context goes with the request in its
/// headers, so that the server's span hangs on it. The span ends when the response's headers are
/// there, or [when its body is](ClientBuilder::until_body_end).
///
/// Redirects and [retries](ClientBuilder::retry) are requests of their own, each with a span, its own context in its
/// headers, and `http.request.resend_count`. To another origin neither credentials follow nor baggage.
///
/// Cheap to clone, and all clones share one pool of connections: make one and keep it.
///
/// ```no_run
/// # async fn example() -> Result<(), reqwest::Error> {
/// let http = spanwise::Client::new();
/// let order = http.get("http://orders/orders/7").send().await?.text().await?;
/// # Ok(())
/// # }
/// ```
///
/// [`builder`](Client::builder) is for all that reqwest's builder can do, and for what is recorded and sent:
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
/// A client that is there already is taken by `From`. What it does about redirects and retries cannot be seen from outside then:
/// there is one span for a call, and every hop gets the headers of the first request, baggage among them.
///
/// ```
/// let http = spanwise::Client::from(reqwest::Client::new());
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    shared: Shared,
}

impl From<reqwest::Client> for Client {
    fn from(http: reqwest::Client) -> Self {
        Self { http, shared: Shared::default() }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A client with reqwest's defaults.
    ///
    /// # Panics
    ///
    /// As `reqwest::Client::new()` does: where TLS cannot be set up. Where that has to be handled,
    /// use [`Client::builder`], whose `build` returns an error.
    #[must_use]
    pub fn new() -> Self {
        match Self::builder().build() {
            Ok(client) => client,
            // Says why, and panics, as reqwest does.
            Err(_) => Self::from(reqwest::Client::new()),
        }
    }

    /// For a client that is to be told more.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A GET request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// A POST request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// A PUT request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PUT, url)
    }

    /// A PATCH request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PATCH, url)
    }

    /// A DELETE request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::DELETE, url)
    }

    /// A HEAD request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// A request with any method. A URL that cannot be read is told by `send`.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        RequestBuilder::new(self.http.request(method, url), self.shared.clone())
    }

    /// Sends a request that was built elsewhere.
    ///
    /// # Errors
    ///
    /// Those of `reqwest::Client::execute`; the span is marked with it.
    pub fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + use<> {
        call::send(self.http.clone(), Ok(request), self.shared.clone(), attempt::Options::default())
    }
}
