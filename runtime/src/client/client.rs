//! The client.

use std::fmt;
use std::future::Future;
use std::task::{Context as Task, Poll};

use reqwest::{IntoUrl, Method, Request, Response};
use tower_service::Service;

#[cfg(doc)]
use super::ClientBuilder;
use super::call::{self, CallSettings, SentFuture};
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
    pub fn get<U: IntoUrl>(&self, url: U) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a POST request.
    pub fn post<U: IntoUrl>(&self, url: U) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Starts a PUT request.
    pub fn put<U: IntoUrl>(&self, url: U) -> RequestBuilder {
        self.request(Method::PUT, url)
    }

    /// Starts a PATCH request.
    pub fn patch<U: IntoUrl>(&self, url: U) -> RequestBuilder {
        self.request(Method::PATCH, url)
    }

    /// Starts a DELETE request.
    pub fn delete<U: IntoUrl>(&self, url: U) -> RequestBuilder {
        self.request(Method::DELETE, url)
    }

    /// Starts a HEAD request.
    pub fn head<U: IntoUrl>(&self, url: U) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// Starts a request with any method. If the URL is invalid, `send` returns the error.
    pub fn request<U: IntoUrl>(&self, method: Method, url: U) -> RequestBuilder {
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
    ) -> impl Future<Output = Result<Response, reqwest::Error>> + Send + Unpin + use<> {
        Service::call(&mut &*self, request)
    }
}

impl RequestBuilder {
    /// Makes a builder of a client and a request, whose client's options apply.
    pub fn from_parts(client: Client, request: Request) -> Self {
        let Client { http, settings } = client;
        Self::new(reqwest::RequestBuilder::from_parts(http, request), settings)
    }

    /// Builds the request without sending it, and returns the client, too. The options of the span that were set here are lost.
    pub fn build_split(self) -> (Client, Result<Request, reqwest::Error>) {
        let (http, settings) = self.into_parts();
        let (http, request) = http.build_split();
        (Client { http, settings }, request)
    }
}

/// Sends a GET request by a client that is made for it. To send more than one, create a [`Client`] and keep it.
///
/// # Errors
///
/// Fails like `reqwest::get`, and so does the span.
///
/// ```no_run
/// # async fn example() -> Result<(), reqwest::Error> {
/// let order = spanwise::client::get("http://orders/orders/7").await?.text().await?;
/// # Ok(())
/// # }
/// ```
pub async fn get<U: IntoUrl>(url: U) -> Result<Response, reqwest::Error> {
    Client::builder().build()?.get(url).send().await
}

/// The client as a tower service, as reqwest's is one.
impl Service<Request> for Client {
    type Response = Response;
    type Error = reqwest::Error;
    type Future = SentFuture;

    fn poll_ready(&mut self, _task: &mut Task<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        (&mut &*self).call(request)
    }
}

impl Service<Request> for &Client {
    type Response = Response;
    type Error = reqwest::Error;
    type Future = SentFuture;

    fn poll_ready(&mut self, _task: &mut Task<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        call::send(self.http.clone(), Ok(request), self.settings.clone(), RequestOverrides::default())
    }
}

/// Returns the client of reqwest's that sends the requests. It shares the connections, and traces nothing. If a
/// [builder](ClientBuilder) of Spanwise's has made it, it follows no redirects, retries nothing, and has none of the builder's
/// default headers and no timeout: these belong to the call.
impl From<Client> for reqwest::Client {
    fn from(client: Client) -> Self {
        client.http
    }
}
