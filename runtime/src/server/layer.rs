//! The layer.

use tower_layer::Layer;

use super::service::{ServerService, Settings};

/// A tower layer that records a SERVER span for each request.
///
/// It reads the caller's context from the headers, so that the span hangs on the caller's; makes the
/// span current while the handler and the response's body run; names it by method and route; and sets
/// the [stable HTTP attributes](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span).
/// A 5xx, an error and a panic mark it as failed; a 4xx is the caller's mistake and does not. It ends
/// when the body has been sent, or, marked `spanwise.cancelled`, when the client goes away before.
///
/// The route is axum's, from `MatchedPath` (feature `axum`): add the layer with `Router::layer`, after
/// the routes, so that it runs inside of the routing and knows the route.
///
/// ```
/// let app: axum::Router = axum::Router::new()
///     .route("/orders/{id}", axum::routing::get(|| async { "an order" }))
///     .layer(spanwise::ServerLayer::new());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ServerLayer {
    pub(super) settings: Settings,
}

impl ServerLayer {
    /// The layer, recording where the process's spans go.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService::new(inner, self.settings.clone())
    }
}
