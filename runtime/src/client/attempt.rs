//! What one request of a call is sent with.

use reqwest::Url;

use super::options::{ClientOptions, RequestOverrides};
use crate::api::Context;

/// One request of a call. A call sends several, if there are redirects or retries.
#[derive(Clone, Copy)]
pub(super) struct RequestAttempt<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) options: &'a ClientOptions,
    pub(super) overrides: &'a RequestOverrides,
    /// The parent of each request's span.
    pub(super) parent: &'a Context,
    /// The URL of the first request.
    pub(super) first: &'a Url,
    /// How many requests the call has sent before.
    pub(super) resend_count: u32,
}
