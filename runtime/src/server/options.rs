//! The options of a [`ServerLayer`](super::ServerLayer).

use std::net::SocketAddr;

use http::{request, response};

use super::peer::TrustedProxies;
use crate::http::{HasRequestOptions, RequestFn, RequestHook, RequestOptions, SharedOptions};

/// Shared by a layer and its services.
pub(super) type SharedServerOptions = SharedOptions<ServerLayerOptions>;

#[derive(Clone, Default)]
pub(super) struct ServerLayerOptions {
    pub(super) request: RequestOptions<request::Parts>,
    pub(super) route: RequestFn<request::Parts, Option<String>>,
    pub(super) name: RequestFn<request::Parts, Option<String>>,
    pub(super) is_public: RequestFn<request::Parts, bool>,
    pub(super) peer: RequestFn<request::Parts, Option<SocketAddr>>,
    pub(super) trusted_proxies: TrustedProxies,
    pub(super) has_forwarded: bool,
    pub(super) is_https: bool,
    pub(super) on_response: RequestHook<response::Parts>,
    pub(super) has_body_sizes: bool,
}

impl HasRequestOptions for ServerLayerOptions {
    type Request = request::Parts;

    fn request_options(&mut self) -> &mut RequestOptions<request::Parts> {
        &mut self.request
    }
}
