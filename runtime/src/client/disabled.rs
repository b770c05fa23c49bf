//! One request with recording off: it is sent, and that is all.

use reqwest::{Request, Response};

/// Nothing to carry.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {}

/// No context to give.
#[derive(Clone, Debug, Default)]
pub(super) struct Explicit {}

/// No context to hang on.
#[derive(Debug)]
pub(super) struct Parent;

impl Settings {
    #[expect(clippy::unused_self, reason = "as where recording is on")]
    pub(super) fn parent(&self, _explicit: Explicit) -> Parent {
        Parent
    }
}

pub(super) async fn send(
    client: reqwest::Client,
    request: Result<Request, reqwest::Error>,
    _parent: Parent,
) -> Result<Response, reqwest::Error> {
    client.execute(request?).await
}
