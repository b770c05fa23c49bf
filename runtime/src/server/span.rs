//! What a SERVER span is called, and what it tells of the request.

use std::borrow::Cow;

use http::{HeaderMap, Request, header};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;

use crate::engine::door::NewSpan;
use crate::http::{Method, new_span, protocol_version, redacted_query};

/// The longest text from a request that is recorded, in bytes: paths, queries, user agents.
const LONGEST: usize = 1024;

pub(super) fn new<B>(request: &Request<B>) -> NewSpan {
    let method = Method::new(request.method());
    let route = route(request);
    let name: Cow<'static, str> = match &route {
        Some(route) => format!("{} {route}", method.in_name()).into(),
        None => method.in_name().into(),
    };
    let mut attributes = Vec::with_capacity(10);
    method.record(&mut attributes);
    let uri = request.uri();
    attributes.push(KeyValue::new("url.path", bounded(uri.path())));
    attributes.push(KeyValue::new("url.scheme", uri.scheme_str().unwrap_or("http").to_owned()));
    if let Some(query) = uri.query() {
        attributes.push(KeyValue::new("url.query", bounded(&redacted_query(query))));
    }
    if let Some(route) = route {
        attributes.push(KeyValue::new("http.route", route));
    }
    if let Some((host, port)) = authority(request) {
        attributes.push(KeyValue::new("server.address", host));
        if let Some(port) = port {
            attributes.push(KeyValue::new("server.port", i64::from(port)));
        }
    }
    if let Some(version) = protocol_version(request.version()) {
        attributes.push(KeyValue::new("network.protocol.version", version));
    }
    if let Some(agent) = text(request.headers(), &header::USER_AGENT) {
        attributes.push(KeyValue::new("user_agent.original", bounded(agent)));
    }
    new_span(name, SpanKind::Server, attributes)
}

/// The route's pattern, never the path: a name for each path would be names without end.
#[cfg(feature = "axum")]
fn route<B>(request: &Request<B>) -> Option<String> {
    request.extensions().get::<axum::extract::MatchedPath>().map(|route| route.as_str().to_owned())
}

#[cfg(not(feature = "axum"))]
fn route<B>(_request: &Request<B>) -> Option<String> {
    None
}

/// The server as the client called it: HTTP/2's authority, or the Host header.
fn authority<B>(request: &Request<B>) -> Option<(String, Option<u16>)> {
    let given = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => text(request.headers(), &header::HOST)?.parse::<http::uri::Authority>().ok()?,
    };
    Some((bounded(given.host().trim_matches(['[', ']'])), given.port_u16()))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}
