//! The layer.

use std::sync::Arc;

use http::{request, response};
use tower_layer::Layer;

use super::options::SharedClientLayerOptions;
use super::service::ClientService;
use crate::http::request_option_methods;

/// A tower layer that records a CLIENT span for each request and propagates its context: what [`Client`](crate::Client) does, for clients
/// that are not reqwest's.
///
/// gRPC is recognized by its content type, and recorded by its own [conventions](crate::docs::conventions). The span of an HTTP request
/// ends with the response's headers, that of a gRPC call with the trailers.
///
/// A channel of tonic's does not say where it leads, so the layer has to:
///
/// ```
/// # #[derive(Clone)] struct Channel;
/// # struct OrdersClient<S>(S);
/// # impl<S> OrdersClient<S> { fn new(service: S) -> Self { Self(service) } }
/// use tower_layer::Layer as _;
///
/// # fn example(channel: Channel) {
/// let traced = spanwise::ClientLayer::new().server("orders.internal", 50051).layer(channel);
/// let orders = OrdersClient::new(traced); // the client that tonic has generated
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ClientLayer {
    options: SharedClientLayerOptions,
}

impl ClientLayer {
    /// Creates a layer with the default options. Its spans go where the spans of the process go.
    pub fn new() -> Self {
        Self::default()
    }

    request_option_methods! {
        request: request::Parts,
        response: &response::Parts,
        url: "url.full",
        /// The other requests are sent with the current context in their headers.
        filter,
        /// Its request has not been sent yet.
        on_request,
        on_response,
        /// Writes the context in these formats, in place of the process's. An empty list disables it.
        propagators,
        record_request_headers,
        redact_query,
    }

    /// Sends the spans of this layer to this destination instead of the process's.
    #[cfg(feature = "record")]
    pub fn with_provider(mut self, provider: crate::Provider) -> Self {
        self.options.set_provider(provider);
        self
    }

    /// Sets `server.address` and `server.port`, for services whose requests do not contain them.
    pub fn server(mut self, address: impl Into<String>, port: u16) -> Self {
        self.options.change().server = Some((address.into(), port));
        self
    }

    /// Declares that requests are sent over TLS, for services whose requests do not contain the scheme: `url.full` begins with
    /// `https`.
    pub fn https(mut self) -> Self {
        self.options.change().is_https = true;
        self
    }

    /// Sets the function that returns the template of a request's URL: `url.template`, and part of the span's name. Templates have low
    /// cardinality.
    pub fn template(
        mut self,
        template: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.options.change().template = Some(Arc::new(template));
        self
    }

    /// Sets whether the spans of HTTP requests end when the body of the response has been read, and not when its headers are
    /// there. By default false.
    ///
    /// If the body is dropped before its end, the span is marked `spanwise.cancelled`.
    pub fn until_body_end(mut self, until: bool) -> Self {
        self.options.change().until_body_end = until;
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService::new(inner, self.options.clone())
    }
}
