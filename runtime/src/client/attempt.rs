//! One request of a call: sends it, and records its span and its metrics.

use http::StatusCode;
use reqwest::{Request, Response};

use super::bridge::{BridgedFuture, ReqwestBridge};
use super::in_span::InSpan;
use super::options::RequestAttempt;
use super::origin::is_same_origin;
use super::{body, error, phases, span};
use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue, Value};
use crate::http::{
    Measurement, RequestMethod, RequestSpan, content_length, failed_with, is_failure, protocol_version,
    record_status, size,
};
use crate::span::{ActiveSpan, CAN_RECORD, Outcome};

/// The response to one request of a call.
#[derive(Debug)]
pub(super) struct AttemptResponse {
    response: Response,
    /// The span and the measurement, if they last until the body's end.
    until_body_end: Option<(ActiveSpan, Option<Measurement>)>,
    /// The response to HEAD has no body, whatever its headers say.
    is_of_head: bool,
}

impl AttemptResponse {
    pub(super) const fn response(&self) -> &Response {
        &self.response
    }

    /// Returns the response for the application.
    pub(super) fn into_response(self, attempt: &RequestAttempt<'_>) -> Response {
        match self.until_body_end {
            Some((span, measurement)) => {
                body::in_span(span, measurement, self.response, self.is_of_head, attempt.options)
            }
            None => self.response,
        }
    }

    /// Drops the response and ends its span: another request follows.
    pub(super) fn discard(self) {
        if let Some((mut span, _)) = self.until_body_end {
            span.end(outcome(self.response.status()));
        }
    }
}

fn outcome(status: StatusCode) -> Outcome<'static> {
    if is_failure(status) { failed_with(status) } else { Outcome::success() }
}

impl RequestAttempt<'_> {
    pub(super) async fn send(
        &self,
        mut request: Request,
        bridge: Box<ReqwestBridge>,
    ) -> (Result<AttemptResponse, reqwest::Error>, Box<ReqwestBridge>) {
        let without_span = |(result, bridge): (Result<Response, _>, _)| {
            let response = |response| AttemptResponse { response, until_body_end: None, is_of_head: false };
            (result.map(response), bridge)
        };
        if self.overrides.is_untraced || !CAN_RECORD {
            return without_span(BridgedFuture::new(self.http.execute(request), bridge).await);
        }
        let options = self.options;
        if !options.request.is_recorded(&request) {
            options.inject(self.parent, &mut request, self.first);
            return without_span(BridgedFuture::new(self.http.execute(request), bridge).await);
        }
        let mut span = span::start(self, &request);
        options.inject(span.context().unwrap_or(self.parent), &mut request, self.first);
        options.request.call_on_request(&mut span, &request);
        let is_of_head = request.method() == http::Method::HEAD;
        let mut measurement = self.measurement(&request);
        let mut bridge = bridge;
        let start = phases::start(&mut bridge);
        let sent = BridgedFuture::new(self.http.execute(request), bridge);
        let (mut span, (result, bridge)) = InSpan::new(span, sent).await;
        measure_result(measurement.as_mut(), &result);
        let context = span.context().cloned();
        if let Some(context) = &context {
            phases::record(context, &bridge, start);
            if let Some(hook) = options.on_response.as_ref().filter(|_| context.span().is_recording()) {
                let handle = RequestSpan::of(Some(context));
                span.run(|| hook(&handle, result.as_ref()));
            }
        }
        let result = match result {
            Ok(response) => Ok(self.receive(span, measurement, response, is_of_head)),
            Err(error) => {
                if let Some(context) = &context {
                    // A redirect that was refused has a status.
                    if let Some(status) = bridge.redirect_status.filter(|_| error.is_redirect()) {
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

    /// Records a response, and ends the span if it is not to last until the body's end.
    fn receive(
        &self,
        mut span: ActiveSpan,
        measurement: Option<Measurement>,
        response: Response,
        is_of_head: bool,
    ) -> AttemptResponse {
        let until_body_end = self.overrides.until_body_end.unwrap_or(self.options.until_body_end);
        if let Some(context) = span.context() {
            self.describe(context, &response, until_body_end);
        }
        if until_body_end && (span.is_open() || measurement.is_some()) {
            return AttemptResponse { response, until_body_end: Some((span, measurement)), is_of_head };
        }
        span.end(outcome(response.status()));
        AttemptResponse { response, until_body_end: None, is_of_head }
    }

    fn describe(&self, context: &Context, response: &Response, until_body_end: bool) {
        let options = self.options;
        let span = context.span();
        record_status(context, response.status());
        if let Some(version) = protocol_version(response.version()) {
            span.set_attribute(KeyValue::new("network.protocol.version", version));
        }
        if let Some(peer) = response.remote_addr() {
            span.set_attribute(KeyValue::new("network.peer.address", peer.ip().to_string()));
            span.set_attribute(KeyValue::new("network.peer.port", i64::from(peer.port())));
        }
        options.request.response_headers.record(
            response.headers(),
            &options.request.redaction,
            false,
            |key, value: Value| {
                span.set_attribute(KeyValue::new(key.clone(), value));
            },
        );
        let has_size = options.has_body_sizes && !until_body_end;
        if let Some(length) = content_length(response.headers()).filter(|_| has_size) {
            span.set_attribute(KeyValue::new("http.response.body.size", size(length)));
        }
    }

    /// Starts the measurement of a request, with the feature `metrics`. The address of an origin to which a peer has redirected the
    /// call is left out, since the peer may choose from any number of them.
    fn measurement(&self, request: &Request) -> Option<Measurement> {
        cfg!(feature = "metrics").then(|| {
            let (method, url) = (RequestMethod::new(request.method()).as_attribute(), request.url());
            let is_ours = is_same_origin(self.first, url) || self.options.has_rule(url);
            let address = if is_ours { url.host_str() } else { Some("_OTHER") };
            Measurement::sent(method, address, url.port_or_known_default().filter(|_| is_ours))
        })
    }
}

fn measure_result(measurement: Option<&mut Measurement>, result: &Result<Response, reqwest::Error>) {
    match (measurement, result) {
        (Some(measurement), Ok(response)) => {
            let status = response.status();
            measurement.status(status);
            if let Some(version) = protocol_version(response.version()) {
                measurement.add("network.protocol.version", version);
            }
            if is_failure(status) {
                measurement.failed(status.as_str().to_owned());
            }
        }
        (Some(measurement), Err(error)) => measurement.failed(error::kind(error)),
        (None, _) => {}
    }
}
