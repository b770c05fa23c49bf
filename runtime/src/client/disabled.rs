//! One request with recording off: it is sent, and that is all.

use std::borrow::Cow;

use reqwest::{Request, Response, Url};

use super::bridge::{Bridge, Bridged};
use crate::RequestSpan;

/// Nothing is kept of what a client is set to record.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {}

/// Nothing is kept of what a request was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {}

/// No context to hang on.
#[derive(Debug)]
pub(super) struct Parent;

impl Options {
    pub(super) fn set_template(&mut self, _: Cow<'static, str>) {}

    pub(super) const fn set_untraced(&mut self) {}

    pub(super) const fn set_until_body_end(&mut self, _: bool) {}

    pub(super) const fn set_resent(&mut self, _: u32) {}
}

#[expect(clippy::unused_self, reason = "as where recording is on")]
impl Settings {
    pub(super) const fn parent(&self, _: &Options) -> Parent {
        Parent
    }

    pub(super) fn bridge(&self) -> Bridge {
        Bridge::default()
    }

    pub(super) const fn connector(&self, http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        http
    }

    pub(super) fn set_filter(&mut self, _: impl Fn(&Request) -> bool + Send + Sync + 'static) {}

    pub(super) fn set_template(&mut self, _: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) {}

    pub(super) fn set_on_request(&mut self, _: impl Fn(&RequestSpan, &Request) + Send + Sync + 'static) {}

    pub(super) fn set_on_response(
        &mut self,
        _: impl Fn(&RequestSpan, Result<&Response, &reqwest::Error>) + Send + Sync + 'static,
    ) {
    }

    pub(super) const fn set_until_body_end(&mut self, _: bool) {}

    pub(super) fn add_request_headers(&mut self, _: impl IntoIterator<Item = impl AsRef<str>>) {}

    pub(super) fn add_response_headers(&mut self, _: impl IntoIterator<Item = impl AsRef<str>>) {}

    pub(super) const fn set_body_sizes(&mut self, _: bool) {}

    pub(super) const fn set_user_agent(&mut self, _: bool) {}

    pub(super) const fn set_phases(&mut self, _: bool) {}

    pub(super) fn add_redacted(&mut self, _: impl IntoIterator<Item = impl Into<String>>) {}
}

/// What is the same for all requests of a call.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) settings: &'a Settings,
    #[expect(dead_code, reason = "as where recording is on")]
    pub(super) options: &'a Options,
    #[expect(dead_code, reason = "as where recording is on")]
    pub(super) parent: &'a Parent,
    pub(super) first: &'a Url,
    pub(super) resent: u32,
}

/// What came of a request.
#[derive(Debug)]
pub(super) struct Answer(Response);

impl Answer {
    pub(super) const fn response(&self) -> &Response {
        &self.0
    }

    /// For the application.
    pub(super) fn given(self, _: &Attempt<'_>) -> Response {
        self.0
    }

    /// For nobody: there is another request after it.
    pub(super) fn let_go(self) {}
}

impl Attempt<'_> {
    pub(super) async fn send(
        &self,
        request: Request,
        bridge: Box<Bridge>,
    ) -> (Result<Answer, reqwest::Error>, Box<Bridge>) {
        let (result, bridge) = Bridged::new(self.http.execute(request), bridge).await;
        (result.map(Answer), bridge)
    }
}
