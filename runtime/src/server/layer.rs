//! The layer.

use std::net::SocketAddr;

use http::{request, response};
use tower_layer::Layer;

use super::service::ServerService;
use super::settings::Settings;
use crate::RequestSpan;

/// A tower layer that records a SERVER span for each request.
///
/// It reads the caller's context from the headers, so that the span hangs on the caller's; makes the
/// span current while the handler and the response's body run; names it by method and route; and sets
/// the [stable HTTP attributes](crate::conventions), or gRPC's where that is spoken.
/// A 5xx, an error and a panic mark it as failed; a 4xx is the caller's mistake and does not. It ends
/// when the body has been sent, or, marked `spanwise.cancelled`, when the client goes away before. After a `101` the
/// connection is someone else's, and the span ends with the headers.
///
/// The route is axum's, from `MatchedPath` (feature `axum`): add the layer with `Router::layer`, after
/// the routes, so that it runs inside of the routing and knows the route. [`route`](Self::route) is for others.
///
/// ```
/// let app: axum::Router = axum::Router::new()
///     .route("/orders/{id}", axum::routing::get(|| async { "an order" }))
///     .layer(spanwise::ServerLayer::new());
/// ```
///
/// `network.peer.*` and `client.address` are known where the connection's other side is: with axum by
/// `into_make_service_with_connect_info::<SocketAddr>()`, elsewhere by a [`PeerAddress`] among the request's extensions, or
/// [`peer`](Self::peer).
///
/// It is [`Clone`] and cheap to clone; methods change what it is set to.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ServerLayer {
    pub(super) settings: Settings,
}

/// The address of a connection's other side, as an extension of a request, for servers that are not axum's.
///
/// ```
/// # fn example(mut request: http::Request<()>, stream: &tokio::net::TcpStream) -> std::io::Result<()> {
/// request.extensions_mut().insert(spanwise::PeerAddress(stream.peer_addr()?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

impl ServerLayer {
    /// The layer, recording where the process's spans go.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which requests are recorded: those for which this is true. All, unless set.
    ///
    /// Of the others nothing is, nor is anything that runs within; the caller's context is passed on.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new().filter(|request| request.uri.path() != "/health");
    /// ```
    pub fn filter(mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.settings.set_filter(filter);
        self
    }

    /// The route, which becomes `http.route` and part of the name, for routers that are not axum's; asked where axum's is not
    /// there.
    ///
    /// It has to be a pattern, and one of few. A path would be names without end.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new()
    ///     .route(|request| request.uri.path().starts_with("/files/").then(|| "/files/{*path}".into()));
    /// ```
    pub fn route(
        mut self,
        route: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_route(route);
        self
    }

    /// The span's name, in place of method and route where this gives one. It has to be one of few.
    pub fn name(mut self, name: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.set_name(name);
        self
    }

    /// Called when a recorded span has started.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new().on_request(|span, request| {
    ///     span.set_attribute("shop.has_body", request.headers.contains_key("content-length"));
    /// });
    /// ```
    pub fn on_request(
        mut self,
        hook: impl Fn(&RequestSpan, &request::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_on_request(hook);
        self
    }

    /// Called when the handler of a recorded span has answered, before the body is sent.
    pub fn on_response(
        mut self,
        hook: impl Fn(&RequestSpan, &response::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_on_response(hook);
        self
    }

    /// Anyone can send requests here, and their traces are not ours: the span is the root of a trace of its own, and linked to
    /// the caller's. Their baggage is left out.
    pub fn public_endpoint(self) -> Self {
        self.public_endpoint_if(|_| true)
    }

    /// [`public_endpoint`](Self::public_endpoint), for the requests for which this is true.
    pub fn public_endpoint_if(
        mut self,
        is_public: impl Fn(&request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_public(is_public);
        self
    }

    /// The networks of proxies in front of this server, such as `10.0.0.0/8` or `127.0.0.1`, whose word on where a request
    /// comes from is taken. None, unless set.
    ///
    /// From the connection's other side on, as long as one is among these, the one before it is looked up in `X-Forwarded-For`; the
    /// first that is not is `client.address`. What they say of scheme and host, by `X-Forwarded-Proto` and `X-Forwarded-Host`,
    /// goes into `url.scheme` and `server.address`. What is no network is told on standard error, and left out.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new().trusted_proxies(["10.0.0.0/8", "fd00::/8"]);
    /// ```
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_trusted_proxies(networks);
        self
    }

    /// The trusted proxies write `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)), which is read in place of
    /// `X-Forwarded-…`. No, unless set. Never both: a proxy passes on what it does not write itself, and a client could write that.
    pub fn proxies_write_forwarded(mut self, they_do: bool) -> Self {
        self.settings.set_forwarded(they_do);
        self
    }

    /// This server ends TLS itself: `url.scheme` is `https` where nobody says something else. A request over HTTP/1.1 does not
    /// tell.
    pub fn https(mut self) -> Self {
        self.settings.set_https();
        self
    }

    /// Where the connection's other side is found, for servers that say it in a way of their own. Tonic's:
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
        self.settings.set_peer(peer);
        self
    }

    /// Records these headers of requests, as `http.request.header.<name>` (of gRPC: `rpc.request.header.<name>`). None, unless
    /// set. Of those that carry credentials it is recorded that they are there, and of the others 16 values of
    /// 1024 bytes at the most.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new().record_request_headers(["x-request-id", "accept-language"]);
    /// ```
    pub fn record_request_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_request_headers(names);
        self
    }

    /// Records these headers of responses, as `http.response.header.<name>`; in the same way.
    pub fn record_response_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_response_headers(names);
        self
    }

    /// Records the sizes of bodies in bytes: of a request's what `content-length` says, of a response's what was sent. No, unless
    /// set.
    pub fn record_body_sizes(mut self, record: bool) -> Self {
        self.settings.set_body_sizes(record);
        self
    }

    /// Names of query parameters whose values are not recorded in `url.query`, beside those that [never
    /// are](crate#what-is-recorded). In any case.
    ///
    /// ```
    /// let layer = spanwise::ServerLayer::new().redact_query(["email"]);
    /// ```
    pub fn redact_query(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.add_redacted(names);
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService::new(inner, self.settings.clone())
    }
}
