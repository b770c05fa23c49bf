//! The CLIENT span around one request.

use std::error::Error as _;

use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use reqwest::{Request, Response};

use super::{Client, RequestBuilder};
use crate::diag;
use crate::engine::{Telemetry, current};
use crate::http::{Method, failed_with, new_span, protocol_version, record_status, redacted_url};
use crate::propagation::{HeaderInjector, with_propagator};
use crate::span::{Exception, OpenSpan, Outcome, Traced};
use crate::value::Shown;

/// What a client carries beside reqwest's.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    telemetry: Telemetry,
}

/// The context given to one request, if any.
#[derive(Clone, Debug, Default)]
pub(super) struct Explicit(Option<Context>);

impl Settings {
    /// The context that a request hangs on.
    pub(super) fn parent(&self, explicit: Explicit) -> Context {
        self.telemetry.within(&explicit.0.or_else(current::get).unwrap_or_default())
    }
}

impl Client {
    /// Records this client's spans elsewhere than the process's go.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings.telemetry = telemetry;
        self
    }
}

impl RequestBuilder {
    /// Sends the request under this context instead of the current one.
    pub fn context(mut self, context: Context) -> Self {
        self.explicit = Explicit(Some(context));
        self
    }
}

pub(super) async fn send(
    client: reqwest::Client,
    request: Result<Request, reqwest::Error>,
    parent: Context,
) -> Result<Response, reqwest::Error> {
    let mut request = request?;
    let span = OpenSpan::start(&parent, new_span(name(&request), SpanKind::Client, attributes(&request)));
    let context = span.context().unwrap_or(&parent).clone();
    with_propagator(|propagator| {
        propagator.inject_context(&context, &mut HeaderInjector(request.headers_mut()));
    });
    Traced::going_on(span, client.execute(request), |result| match result {
        Ok(response) => answered(&context, response),
        Err(error) => failed(&context, error),
    })
    .await
}

fn name(request: &Request) -> &'static str {
    Method::new(request.method()).in_name()
}

fn attributes(request: &Request) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(6);
    Method::new(request.method()).record(&mut attributes);
    let url = request.url();
    if let Some(host) = url.host_str() {
        // An IPv6 address stands in brackets in a URL, and without them as an address.
        attributes.push(KeyValue::new("server.address", host.trim_matches(['[', ']']).to_owned()));
    }
    if let Some(port) = url.port_or_known_default() {
        attributes.push(KeyValue::new("server.port", i64::from(port)));
    }
    attributes.push(KeyValue::new("url.full", redacted_url(url)));
    attributes
}

fn answered(context: &Context, response: &Response) -> Outcome<'static> {
    let span = context.span();
    let status = response.status();
    record_status(context, status);
    if let Some(version) = protocol_version(response.version()) {
        span.set_attribute(KeyValue::new("network.protocol.version", version));
    }
    if let Some(peer) = response.remote_addr() {
        span.set_attribute(KeyValue::new("network.peer.address", peer.ip().to_string()));
        span.set_attribute(KeyValue::new("network.peer.port", i64::from(peer.port())));
    }
    if status.is_client_error() || status.is_server_error() {
        return failed_with(status);
    }
    Outcome::success()
}

fn failed(context: &Context, error: &reqwest::Error) -> Outcome<'static> {
    let message = causes(error);
    crate::span::fail(context, Exception::new(kind(error).into()).with_message(Shown::Display(&message)));
    Outcome::success()
}

/// `error.type`, of low cardinality.
fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else if error.is_redirect() {
        "redirect"
    } else if error.is_body() {
        "body"
    } else if error.is_decode() {
        "decode"
    } else if error.is_builder() {
        "builder"
    } else {
        "request"
    }
}

/// The error's causes. Its own text is left out: it quotes the URL, with all that is secret in it.
fn causes(error: &reqwest::Error) -> String {
    match error.source() {
        Some(cause) => format!("{}: {}", kind(error), diag::causes(cause)),
        None => kind(error).to_owned(),
    }
}
