//! What a SERVER span is called, what it hangs on, and what it starts with.

use crate::api::baggage::BaggageExt as _;
use crate::api::propagation::TextMapPropagator as _;
use crate::api::trace::{Link, SpanContext, SpanKind, TraceContextExt as _};
use crate::api::{Context, Value};
use http::header;
use http::request::Parts;

use super::exchange::Exchange;
use super::peer::{self, Said};
use super::settings::{Set, Settings};
use crate::RequestSpan;
use crate::engine::span::callsite::Callsite;
use crate::http::{Measurement, Method, bounded, content_length, protocol_version, rpc, size, text};
use crate::propagation::{HeaderExtractor, with_propagator};
use crate::span::{ActiveSpan, CAN_RECORD, LibrarySpanBuilder};

/// A request that is being answered.
pub(super) struct Begun {
    pub(super) span: ActiveSpan,
    pub(super) exchange: Exchange,
}

/// Begins the span of a request.
pub(super) fn begin(request: &Parts, settings: &Settings) -> Begun {
    let set: &Set = settings;
    let mut exchange = Exchange::new(request, settings);
    if !CAN_RECORD {
        return Begun { span: ActiveSpan::none(), exchange };
    }
    let local = set.common.parent(None);
    let headers = HeaderExtractor(&request.headers);
    let mut parent = match &set.common.propagators {
        Some(propagators) => propagators.extract_with_context(&local, &headers),
        None => with_propagator(|propagator| propagator.extract_with_context(&local, &headers)),
    };
    if !set.common.wants(request) {
        let parent = parent.with_telemetry_suppressed();
        let is_around = RequestSpan::is_in(&parent);
        exchange.under(if is_around { RequestSpan::default().within(&parent) } else { parent });
        return Begun { span: ActiveSpan::none(), exchange };
    }
    if cfg!(feature = "metrics") {
        exchange.measure(measured(request, set));
    }
    let mut caller = None;
    if set.is_public.as_ref().is_some_and(|is_public| is_public(request)) {
        caller = Some(parent.span().span_context().clone()).filter(SpanContext::is_valid);
        parent = local.with_remote_span_context(SpanContext::NONE).with_cleared_baggage();
    }
    let mut span = start(request, set, &exchange, &parent, caller);
    set.common.tell_of(&mut span, request);
    let handle = RequestSpan::of(span.context());
    if span.is_open() {
        span.change_context(|context| handle.within(context));
    } else {
        // Not the one around the request that this one is a part of.
        let is_around = RequestSpan::is_in(&parent);
        exchange.under(if is_around { handle.within(&parent) } else { parent });
    }
    Begun { span, exchange }
}

fn start(
    request: &Parts,
    set: &Set,
    exchange: &Exchange,
    parent: &Context,
    caller: Option<SpanContext>,
) -> ActiveSpan {
    static CALLSITE: Callsite = Callsite::own(SpanKind::Server);
    let mut span = LibrarySpanBuilder::under(parent, &CALLSITE);
    if !span.is_wanted() {
        return span.open();
    }
    if let Some(caller) = caller {
        span.link(Link::with_context(caller));
    }
    let peer = peer::of(request, set);
    let said = Said::of(&request.headers, peer, &set.proxies, set.by_forwarded);
    if exchange.is_grpc() {
        describe_rpc(&mut span, request, set);
    } else {
        describe(&mut span, request, set, &said);
        if let Some(client) = said.client.or(peer.map(|peer| peer.ip().to_canonical())) {
            span.text("client.address", &client.to_string());
        }
    }
    set.common
        .request_headers
        .record(&request.headers, exchange.is_grpc(), |key, value| span.value(key, value));
    let authority = said.host.as_deref().or_else(|| authority(request));
    if let Some((host, port)) = authority.and_then(host_and_port) {
        span.text("server.address", bounded(host));
        if let Some(port) = port {
            span.number("server.port", port);
        }
    }
    if let Some(peer) = peer {
        span.text("network.peer.address", &peer.ip().to_canonical().to_string());
        span.number("network.peer.port", peer.port());
    }
    span.open()
}

fn measured(request: &Parts, set: &Set) -> Measurement {
    let said = Said::of(&request.headers, peer::of(request, set), &set.proxies, set.by_forwarded);
    let mut measured =
        Measurement::received(Method::new(&request.method).as_attribute(), scheme(request, set, &said));
    if let Some(route) = route(request, set) {
        measured.add("http.route", route);
    }
    if let Some(version) = protocol_version(request.version) {
        measured.add("network.protocol.version", version);
    }
    measured
}

/// One of two, whatever a client makes up.
fn scheme(request: &Parts, set: &Set, said: &Said) -> &'static str {
    let is_https = || set.is_https || request.uri.scheme() == Some(&http::uri::Scheme::HTTPS);
    said.scheme.unwrap_or_else(|| if is_https() { "https" } else { "http" })
}

/// The route's pattern, never the path: a name for each path would be names without end.
fn route(request: &Parts, set: &Set) -> Option<String> {
    let own = || set.route.as_ref().and_then(|route| route(request));
    matched(request).map(ToOwned::to_owned).or_else(own)
}

/// What HTTP's conventions ask for.
fn describe(span: &mut LibrarySpanBuilder<'_>, request: &Parts, set: &Set, said: &Said) {
    let method = Method::new(&request.method);
    let route = route(request, set);
    let name = set.name.as_ref().and_then(|name| name(request));
    span.name(name.map_or_else(|| method.name(route.as_deref()), Into::into));
    method.record(span);
    let uri = &request.uri;
    span.text("url.path", bounded(uri.path()));
    span.text("url.scheme", scheme(request, set, said));
    if let Some(query) = uri.query() {
        span.text("url.query", bounded(&set.common.redaction.query(query)));
    }
    if let Some(route) = &route {
        span.text("http.route", route);
    }
    if let Some(version) = protocol_version(request.version) {
        span.text("network.protocol.version", version);
    }
    if let Some(agent) = text(&request.headers, header::USER_AGENT) {
        span.text("user_agent.original", bounded(agent));
    }
    if set.body_sizes
        && let Some(length) = content_length(&request.headers)
    {
        span.value(&"http.request.body.size".into(), Value::I64(size(length)));
    }
}

/// What gRPC's ask for. A method is known once it has answered: whoever sends a request must not be able to make names up.
fn describe_rpc(span: &mut LibrarySpanBuilder<'_>, request: &Parts, set: &Set) {
    let path = request.uri.path();
    let method = rpc::method(path).filter(|method| rpc::is_known(method));
    let name = set.name.as_ref().and_then(|name| name(request));
    span.name(name.or(method.map(ToOwned::to_owned)).map_or("grpc".into(), std::borrow::Cow::Owned));
    span.text("rpc.system.name", "grpc");
    span.text("rpc.method", method.unwrap_or(rpc::OTHER));
    if method.is_none() {
        span.text("rpc.method_original", rpc::original(path));
    }
}

#[cfg(feature = "axum")]
fn matched(request: &Parts) -> Option<&str> {
    request.extensions.get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
fn matched(_request: &Parts) -> Option<&str> {
    None
}

/// The server as the client called it: HTTP/2's authority, or the Host header.
fn authority(request: &Parts) -> Option<&str> {
    let authority = request.uri.authority().map(http::uri::Authority::as_str);
    authority.or_else(|| text(&request.headers, header::HOST))
}

/// `host:port`, `[v6]:port`, or without a port.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    (!host.is_empty()).then(|| (host, port.and_then(|port| port.parse().ok())))
}
