//! One request, and its span.

use std::borrow::Cow;

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue, Value};
use http::StatusCode;
use reqwest::{Request, Response, Url};

use super::bridge::{Bridge, Bridged};
use super::origin::is_same_origin;
use super::settings::Settings;
use super::under::Under;
use super::{body, error, phases, span};
use crate::RequestSpan;
use crate::http::{Measurement, Method, content_length, failed_with, protocol_version, record_status, size};
use crate::span::{ActiveSpan, CAN_RECORD, Outcome};

/// What one request was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) context: Option<Context>,
    pub(super) template: Option<Cow<'static, str>>,
    pub(super) is_untraced: bool,
    pub(super) until_body_end: Option<bool>,
    /// How often it was sent before, by the application.
    pub(super) resent: u32,
}

impl Options {
    pub(super) fn set_template(&mut self, template: Cow<'static, str>) {
        self.template = Some(template);
    }

    pub(super) const fn set_untraced(&mut self) {
        self.is_untraced = true;
    }

    pub(super) const fn set_until_body_end(&mut self, until: bool) {
        self.until_body_end = Some(until);
    }

    pub(super) const fn set_resent(&mut self, times: u32) {
        self.resent = times;
    }
}

#[cfg(feature = "record")]
impl super::RequestBuilder {
    /// Sends the request under this context instead of the current one.
    pub fn context(mut self, context: Context) -> Self {
        self.options.context = Some(context);
        self
    }
}

/// What is the same for all requests of a call.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) settings: &'a Settings,
    pub(super) options: &'a Options,
    pub(super) parent: &'a Context,
    /// Where the first one went.
    pub(super) first: &'a Url,
    /// How many there were before.
    pub(super) resent: u32,
}

/// What came of a request.
#[derive(Debug)]
pub(super) struct Answer {
    response: Response,
    /// What lasts until the body's end, where that was asked for.
    lasting: Option<(ActiveSpan, Option<Measurement>)>,
    /// The answer has no body, whatever it says.
    is_of_head: bool,
}

impl Answer {
    pub(super) const fn response(&self) -> &Response {
        &self.response
    }

    /// For the application.
    pub(super) fn given(self, attempt: &Attempt<'_>) -> Response {
        match self.lasting {
            Some((span, measured)) => {
                body::under(span, measured, self.response, self.is_of_head, attempt.settings)
            }
            None => self.response,
        }
    }

    /// For nobody: there is another request after it.
    pub(super) fn let_go(self) {
        if let Some((mut span, _)) = self.lasting {
            span.end(outcome(self.response.status()));
        }
    }
}

fn outcome(status: StatusCode) -> Outcome<'static> {
    let is_failure = status.is_client_error() || status.is_server_error();
    if is_failure { failed_with(status) } else { Outcome::success() }
}

impl Attempt<'_> {
    pub(super) async fn send(
        &self,
        mut request: Request,
        bridge: Box<Bridge>,
    ) -> (Result<Answer, reqwest::Error>, Box<Bridge>) {
        let plain = |(result, bridge): (Result<Response, _>, _)| {
            (result.map(|response| Answer { response, lasting: None, is_of_head: false }), bridge)
        };
        if self.options.is_untraced || !CAN_RECORD {
            return plain(Bridged::new(self.http.execute(request), bridge).await);
        }
        let set = self.settings;
        if !set.common.wants(&request) {
            set.inject(self.parent, &mut request, self.first);
            return plain(Bridged::new(self.http.execute(request), bridge).await);
        }
        let mut span = span::start(self, &request);
        set.inject(span.context().unwrap_or(self.parent), &mut request, self.first);
        set.common.tell_of(&mut span, &request);
        let is_of_head = request.method() == http::Method::HEAD;
        let mut measured = self.measured(&request);
        let mut bridge = bridge;
        let began = phases::begin(&mut bridge);
        let sent = Bridged::new(self.http.execute(request), bridge);
        let (mut span, (result, bridge)) = Under::new(span, sent).await;
        tell(measured.as_mut(), &result);
        let context = span.context().cloned();
        if let Some(context) = &context {
            phases::record(context, &bridge, began);
            if let Some(hook) = set.on_response.as_ref().filter(|_| context.span().is_recording()) {
                let handle = RequestSpan::of(Some(context));
                span.run(|| hook(&handle, result.as_ref()));
            }
        }
        let result = match result {
            Ok(response) => Ok(self.answered(span, measured, response, is_of_head)),
            Err(error) => {
                if let Some(context) = &context {
                    // A redirect that was not to be.
                    if let Some(status) = bridge.redirected_with.filter(|_| error.is_redirect()) {
                        record_status(context, status);
                    }
                    error::fail(context, &error);
                }
                span.end(Outcome::success());
                Err(error)
            }
        };
        (result, bridge)
    }

    fn answered(
        &self,
        mut span: ActiveSpan,
        measured: Option<Measurement>,
        response: Response,
        is_of_head: bool,
    ) -> Answer {
        let lasts = self.options.until_body_end.unwrap_or(self.settings.until_body_end);
        if let Some(context) = span.context() {
            self.describe(context, &response, lasts);
        }
        if lasts && (span.is_open() || measured.is_some()) {
            return Answer { response, lasting: Some((span, measured)), is_of_head };
        }
        span.end(outcome(response.status()));
        Answer { response, lasting: None, is_of_head }
    }

    fn describe(&self, context: &Context, response: &Response, lasts: bool) {
        let set = self.settings;
        let recorded = context.span();
        record_status(context, response.status());
        if let Some(version) = protocol_version(response.version()) {
            recorded.set_attribute(KeyValue::new("network.protocol.version", version));
        }
        if let Some(peer) = response.remote_addr() {
            recorded.set_attribute(KeyValue::new("network.peer.address", peer.ip().to_string()));
            recorded.set_attribute(KeyValue::new("network.peer.port", i64::from(peer.port())));
        }
        set.common.response_headers.record(response.headers(), false, |key, value: Value| {
            recorded.set_attribute(KeyValue::new(key.clone(), value));
        });
        if let Some(length) = content_length(response.headers()).filter(|_| set.body_sizes && !lasts) {
            recorded.set_attribute(KeyValue::new("http.response.body.size", size(length)));
        }
    }

    /// The request, measured where metrics are built. Where a peer has sent us is not a label: it could be anywhere.
    fn measured(&self, request: &Request) -> Option<Measurement> {
        cfg!(feature = "metrics").then(|| {
            let (method, url) = (Method::new(request.method()).as_attribute(), request.url());
            let is_ours = is_same_origin(self.first, url) || self.settings.has_rule(url);
            let address = if is_ours { url.host_str() } else { Some("_OTHER") };
            Measurement::sent(method, address, url.port_or_known_default().filter(|_| is_ours))
        })
    }
}

/// What came of it.
fn tell(measured: Option<&mut Measurement>, result: &Result<Response, reqwest::Error>) {
    match (measured, result) {
        (Some(measured), Ok(response)) => {
            let status = response.status();
            measured.status(status);
            if let Some(version) = protocol_version(response.version()) {
                measured.add("network.protocol.version", version);
            }
            if status.is_client_error() || status.is_server_error() {
                measured.failed(status.as_str().to_owned());
            }
        }
        (Some(measured), Err(error)) => measured.failed(error::kind(error)),
        (None, _) => {}
    }
}
