//! The client.

use std::fmt;
use std::future::Future;

use reqwest::{IntoUrl, Method, Request, Response};

use super::call::{self, CallSettings};
use super::options::RequestOverrides;
use super::request::RequestBuilder;

/// An HTTP client that traces its requests. It is reqwest's [`Client`](reqwest::Client), and used the same way.
///
/// Each request has a CLIENT span with the [stable HTTP attributes](crate::docs::conventions): method, server and port, URL (with
/// credentials and secret query values redacted), status code, and `error.type` on a failure. 4xx and 5xx are failures. The
/// context of the span is sent in the request's headers, so that the span of the server becomes its child. The span ends when
/// the headers of the response are there, or [when its body has been read](crate::client::ClientBuilder::until_body_end).
///
/// Redirects and [retries](crate::client::ClientBuilder::retry) are requests with spans of their own, and with `http.request.resend_count`. Redirects to
/// another origin drop credentials and baggage, unless a [rule](crate::client::ClientBuilder::propagate) allows baggage.
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
/// [`builder`](Self::builder) sets reqwest's options, and what is recorded and propagated:
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
#[derive(Clone)]
pub struct Client {
    pub(super) http: reqwest::Client,
    pub(super) settings: CallSettings,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // reqwest's own form has the values of the default headers.
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl From<reqwest::Client> for Client {
    fn from(http: reqwest::Client) -> Self {
        Self { http, settings: CallSettings::default() }
    }
}

impl Client {
    /// Sends this client's spans to this destination instead of the process's.
    #[cfg(feature = "record")]
    #[must_use]
    pub fn with_provider(mut self, provider: crate::Provider) -> Self {
        self.settings.options.set_provider(provider);
        self
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
