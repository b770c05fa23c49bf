//! The options of a [`ClientLayer`](super::ClientLayer).

use http::{request, response};

use crate::http::{HasRequestOptions, RequestFn, RequestHook, RequestOptions, SharedOptions};

/// Shared by a layer and its services.
pub(super) type SharedClientLayerOptions = SharedOptions<ClientLayerOptions>;

#[derive(Clone, Default)]
pub(super) struct ClientLayerOptions {
    pub(super) request: RequestOptions<request::Parts>,
    pub(super) server: Option<(String, u16)>,
    pub(super) is_https: bool,
    pub(super) template: RequestFn<request::Parts, Option<String>>,
    pub(super) on_response: RequestHook<response::Parts>,
    pub(super) until_body_end: bool,
}

impl HasRequestOptions for ClientLayerOptions {
    type Request = request::Parts;

    fn request_options(&mut self) -> &mut RequestOptions<request::Parts> {
        &mut self.request
    }
}
