//! The layer.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{request, response};
use tower_layer::Layer;

use super::options::SharedServerOptions;
use super::request::ServerRequest;
use super::service::ServerService;
use super::span;
use crate::http::request_option_methods;

/// A tower layer that records a SERVER span for each request.
///
/// - The parent of the span is the caller's span, read from the request's headers.
/// - The span is current while the handler runs and while the body of the response is read.
/// - Its name is the method and the route. Its attributes are the [stable HTTP attributes](crate::docs::conventions), or those of gRPC.
/// - It fails on a 5xx status, an error or a panic. A 4xx status is the caller's mistake, and not a failure.
/// - It ends when the body has been sent. If the client goes away before, it is marked `spanwise.cancelled`. After a
///   `101 Switching Protocols` it ends with the headers.
///
/// The route is axum's `MatchedPath` (feature `axum`). Add the layer with `Router::layer` after the routes, so that it runs inside of
/// the routing. For other routers there is [`route`](Self::route).
///
/// ```
/// let app: axum::Router = axum::Router::new()
///     .route("/orders/{id}", axum::routing::get(|| async { "an order" }))
///     .layer(spanwise::ServerLayer::new());
/// ```
///
/// `network.peer.*` and `client.address` need the address of the connection's other side. With axum, serve by
/// `into_make_service_with_connect_info::<SocketAddr>()`. Elsewhere, put a [`PeerAddress`](crate::server::PeerAddress) into the
/// request's extensions, or use [`peer`](Self::peer).
///
/// Servers that are not tower services call [`start`](Self::start) for each request.
///
/// The layer is cheap to clone.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ServerLayer {
    options: SharedServerOptions,
}

impl ServerLayer {
    /// Creates a layer with the default options. Its spans go where the spans of the process go.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the span of one request, for servers that are not tower services. The tower service calls this, too.
    ///
    /// [`ServerRequest`] shows how the rest of a request is recorded.
    pub fn start(&self, request: &request::Parts) -> ServerRequest {
        span::start(request, &self.options)
    }

    request_option_methods! {
        request: request::Parts,
        response: &response::Parts,
        url: "url.query",
        /// The other requests are not recorded, and neither is what runs within them. They still pass the caller's context on to
        /// the requests that they send.
        ///
        /// ```
        /// let layer = spanwise::ServerLayer::new().filter(|request| request.uri.path() != "/health");
        /// ```
        filter,
        /// ```
        /// let layer = spanwise::ServerLayer::new().on_request(|span, request| {
        ///     span.set_attribute("shop.has_body", request.headers.contains_key("content-length"));
        /// });
        /// ```
        on_request,
        on_response,
        /// Reads the caller's context in these formats, in place of the process's. An empty list disables it.
        propagators,
        /// ```
        /// let layer = spanwise::ServerLayer::new().record_request_headers(["x-request-id", "accept-language"]);
        /// ```
        record_request_headers,
        /// ```
        /// let layer = spanwise::ServerLayer::new().redact_query(["email"]);
        /// ```
        redact_query,
    }

    /// Sends the spans of this layer, and of the handlers under it, to this destination instead of the process's.
    #[cfg(feature = "record")]
    pub fn with_provider(mut self, provider: crate::Provider) -> Self {
        self.options.set_provider(provider);
        self
    }

    /// Sets the function that returns the route of a request, for routers other than axum's. It is called if the request has no
    /// `MatchedPath`. The route is `http.route`, and part of the span's name.
    ///
    /// Return the pattern and not the path: a name for each path would be names without limit.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new()
    ///     .route(|request| request.uri.path().starts_with("/files/").then(|| "/files/{*path}".into()));
    /// ```
    pub fn route(
        mut self,
        route: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.options.change().route = Some(Arc::new(route));
        self
    }

    /// Sets the function that returns the span's name. If it returns `None`, the name is the method and the route. Names have low
    /// cardinality.
    pub fn name(mut self, name: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.options.change().name = Some(Arc::new(name));
        self
    }

    /// Does not trust callers: the span starts a new trace, linked to the caller's span. The caller's baggage is dropped.
    pub fn public_endpoint(self) -> Self {
        self.public_endpoint_if(|_| true)
    }

    /// [`public_endpoint`](Self::public_endpoint), for the requests for which `is_public` returns true.
    pub fn public_endpoint_if(
        mut self,
        is_public: impl Fn(&request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.change().is_public = Some(Arc::new(is_public));
        self
    }

    /// Trusts what proxies in these networks report about a request. A network is written like `10.0.0.0/8` or `127.0.0.1`. By
    /// default, no proxy is trusted.
    ///
    /// `client.address` is the last address in `X-Forwarded-For` that is not a trusted proxy. `X-Forwarded-Proto` is
    /// `url.scheme`, and `X-Forwarded-Host` is `server.address`. The headers are ignored if the connection itself does not come
    /// from a trusted proxy.
    ///
    /// Adds to the networks of earlier calls. A text that is not a network is ignored with a warning.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new().trusted_proxies(["10.0.0.0/8", "fd00::/8"]);
    /// ```
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.options.change().trusted_proxies.add(networks);
        self
    }

    /// Reads `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)) from trusted proxies, in place of `X-Forwarded-…`. By
    /// default false.
    ///
    /// Only one of the two is read: a proxy passes on the header that it does not write itself, and a client may have sent it.
    pub fn proxies_write_forwarded(mut self, they_do: bool) -> Self {
        self.options.change().has_forwarded = they_do;
        self
    }

    /// Declares that this server terminates TLS: `url.scheme` is `https`, unless the request or a trusted proxy has another. A request
    /// over HTTP/1.1 does not contain the scheme.
    pub fn https(mut self) -> Self {
        self.options.change().is_https = true;
        self
    }

    /// Sets the function that returns the address of the connection's other side, for servers that have their own way to pass
    /// it on. Tonic's:
    ///
    /// ```
    /// # struct TcpConnectInfo; // tonic::transport::server::TcpConnectInfo
    /// # impl TcpConnectInfo { fn remote_addr(&self) -> Option<std::net::SocketAddr> { None } }
    /// let layer = spanwise::ServerLayer::new()
    ///     .peer(|request| request.extensions.get::<TcpConnectInfo>()?.remote_addr());
    /// ```
    pub fn peer(
        mut self,
        peer: impl Fn(&request::Parts) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.options.change().peer = Some(Arc::new(peer));
        self
    }

    /// Records the sizes of bodies in bytes: `http.request.body.size` is the request's `content-length`, and
    /// `http.response.body.size` is what was sent. By default false.
    pub fn record_body_sizes(mut self, record: bool) -> Self {
        self.options.change().has_body_sizes = record;
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService::new(inner, self.options.clone())
    }
}
