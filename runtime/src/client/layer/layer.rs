//! The layer.

use http::{request, response};
use tower_layer::Layer;

use super::service::ClientService;
use super::settings::Settings;
use crate::RequestSpan;

/// A tower layer that records a CLIENT span for each request and sends its context along: what [`Client`](crate::Client) does,
/// for clients that are not reqwest's.
///
/// gRPC is told by its content type, and recorded by its own [conventions](crate::conventions). The span of an HTTP request
/// ends with the response's headers, that of a call of gRPC's with the trailers.
///
/// With tonic, which knows where a channel leads and does not tell the layers around it:
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
    pub(super) settings: Settings,
}

impl ClientLayer {
    /// The layer, recording where the process's spans go.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the requests go, for services whose requests do not say it themselves: `server.address` and `server.port`.
    pub fn server(mut self, address: impl Into<String>, port: u16) -> Self {
        self.settings.set_server(address.into(), port);
        self
    }

    /// The requests go out over TLS, for services whose requests do not say it themselves: `url.full` begins with `https`.
    pub fn https(mut self) -> Self {
        self.settings.set_https();
        self
    }

    /// Which requests are recorded: those for which this is true. All, unless set. The others go out with the context
    /// that they are under.
    pub fn filter(mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.settings.set_filter(filter);
        self
    }

    /// The template of a request's URL, which becomes `url.template` and part of the span's name. It has to be one of few.
    pub fn template(
        mut self,
        template: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_template(template);
        self
    }

    /// Called when a recorded span has started, before its request is sent.
    pub fn on_request(
        mut self,
        hook: impl Fn(&RequestSpan, &request::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_on_request(hook);
        self
    }

    /// Called when the response's headers are there.
    pub fn on_response(
        mut self,
        hook: impl Fn(&RequestSpan, &response::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.settings.set_on_response(hook);
        self
    }

    /// Whether the spans of HTTP requests end when the response's body has been read, and not already at its headers. No, unless
    /// set. A body that is dropped before its end is marked `spanwise.cancelled`.
    pub fn until_body_end(mut self, until: bool) -> Self {
        self.settings.set_until_body_end(until);
        self
    }

    /// Records these headers of requests, as `http.request.header.<name>` (of gRPC: `rpc.request.header.<name>`). None, unless
    /// set. Of those that carry credentials it is recorded that they are there, and of the others 16 values of
    /// 1024 bytes at the most.
    pub fn record_request_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_request_headers(names);
        self
    }

    /// Records these headers of responses, as `http.response.header.<name>`; in the same way.
    pub fn record_response_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings.add_response_headers(names);
        self
    }

    /// Names of query parameters whose values are not recorded in `url.full`, beside those that [never
    /// are](crate#what-is-recorded). In any case.
    pub fn redact_query(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.add_redacted(names);
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService::new(inner, self.settings.clone())
    }
}
