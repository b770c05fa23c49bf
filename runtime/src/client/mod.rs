//! [`Client`]: reqwest's client, traced.
//!
//! `request` is reqwest's request-building API; `call` is the span around one request, and
//! `disabled` stands in for it where recording is off.

#[cfg(feature = "record")]
mod call;
#[cfg(not(feature = "record"))]
#[path = "disabled.rs"]
mod call;
mod request;

use std::future::Future;

use reqwest::{IntoUrl, Method, Request, Response};

pub use request::RequestBuilder;

/// An HTTP client that traces its requests: reqwest's [`Client`](reqwest::Client), used the same way.
///
/// Each request has a CLIENT span with the
/// [stable HTTP attributes](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span):
/// method, server and port, URL (credentials and secret query values redacted), status code, and on a
/// failure `error.type`; 4xx and 5xx are failures. The span's context goes with the request in its
/// headers, so that the server's span hangs on it. The span ends when the response's headers are
/// there, and follows redirects as reqwest does: the whole chain is one span, and the headers of the
/// first request, baggage among them, are those that every hop gets.
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
/// One made by hand, for what reqwest's builder can do:
///
/// ```
/// # fn example() -> Result<(), reqwest::Error> {
/// let configured = reqwest::Client::builder().timeout(std::time::Duration::from_secs(3)).build()?;
/// let http = spanwise::Client::from(configured);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Client {
    http: reqwest::Client,
    settings: call::Settings,
}

impl From<reqwest::Client> for Client {
    fn from(http: reqwest::Client) -> Self {
        Self { http, settings: call::Settings::default() }
    }
}

impl Client {
    /// A client with reqwest's defaults.
    ///
    /// # Panics
    ///
    /// As `reqwest::Client::new()` does: where TLS cannot be set up. Where that has to be handled,
    /// make a client with reqwest's builder, which returns an error, and use `Client::from`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
        RequestBuilder::new(self.http.request(method, url), self.settings.clone())
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
        let parent = self.settings.parent(call::Explicit::default());
        call::send(self.http.clone(), Ok(request), parent)
    }
}
