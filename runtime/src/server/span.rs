//! The start of a SERVER span: its name, its parent and its first attributes.

use std::net::{Ipv6Addr, SocketAddr};

use http::header;
use http::request::Parts;

use super::options::{ServerLayerOptions, SharedServerOptions};
use super::peer::{self, ForwardedInfo, PeerAddress};
use super::request::ServerRequest;
use crate::api::baggage::BaggageExt as _;
use crate::api::propagation::TextMapPropagator as _;
use crate::api::trace::{Link, SpanContext, SpanKind, TraceContextExt as _};
use crate::api::{Context, Value};
use crate::engine::span::callsite::Callsite;
use crate::http::RequestSpan;
use crate::http::{
    Measurement, RequestMethod, bounded, content_length, grpc, header_text, protocol_version, size,
};
use crate::propagation::{HeaderExtractor, with_propagator};
use crate::span::{ActiveSpan, CAN_RECORD, LibrarySpanBuilder};

/// Starts the span of a request.
pub(super) fn start(request: &Parts, shared: &SharedServerOptions) -> ServerRequest {
    let mut recorded = ServerRequest::new(request, shared);
    if !CAN_RECORD {
        return recorded;
    }
    let options: &ServerLayerOptions = shared;
    let with_original_uri = with_original_uri(request);
    let request = with_original_uri.as_ref().unwrap_or(request);
    let local = options.request.parent(None);
    let headers = HeaderExtractor(&request.headers);
    let extract = |base: &Context| match &options.request.propagators {
        Some(propagators) => propagators.extract_with_context(base, &headers),
        None => with_propagator(|propagator| propagator.extract_with_context(base, &headers)),
    };
    let mut parent = extract(&local);
    let named = named_caller(&local, &parent);
    if RequestSpan::is_of_caller(&local, &named) {
        // The same request in a layer within another: the other one's span goes on, and it is measured there.
        return start_inner(request, options, recorded, local);
    }
    if !options.request.is_recorded(request) {
        let parent = parent.with_telemetry_suppressed();
        // What runs within does not belong to a request around this one.
        let is_nested = RequestSpan::is_in(&parent);
        recorded.set_fallback(if is_nested { RequestSpan::default().within(&parent, named) } else { parent });
        return recorded;
    }
    if cfg!(feature = "metrics") {
        recorded.set_measurement(measurement(request, options));
    }
    let mut caller = None;
    if options.is_public.as_ref().is_some_and(|is_public| is_public(request)) {
        caller = Some(parent.span().span_context().clone()).filter(SpanContext::is_valid);
        parent = local.with_remote_span_context(SpanContext::NONE).with_cleared_baggage();
    }
    let mut span = start_span(&CALLSITE, request, options, recorded.is_grpc(), &parent, caller);
    options.request.call_on_request(&mut span, request);
    let handle = RequestSpan::of(span.context());
    if span.is_open() {
        span.change_context(|context| handle.within(context, named));
        recorded.set_span(span);
    } else {
        // A layer within this one must not measure the request again.
        let is_marked = cfg!(feature = "metrics") || RequestSpan::is_in(&parent);
        recorded.set_fallback(if is_marked { handle.within(&parent, named) } else { parent });
    }
    recorded
}

/// The caller that the headers name; an invalid one if they name none.
fn named_caller(local: &Context, extracted: &Context) -> SpanContext {
    let (local, extracted) = (local.span(), extracted.span());
    let (local, extracted) = (local.span_context(), extracted.span_context());
    if local == extracted { SpanContext::NONE } else { extracted.clone() }
}

/// Starts the span of a layer within another: a child of what is current, and no second SERVER span.
fn start_inner(
    request: &Parts,
    options: &ServerLayerOptions,
    mut recorded: ServerRequest,
    parent: Context,
) -> ServerRequest {
    static INNER: Callsite = Callsite::own(SpanKind::Internal);
    if !options.request.is_recorded(request) {
        recorded.set_fallback(parent.with_telemetry_suppressed());
        return recorded;
    }
    let mut span = start_span(&INNER, request, options, recorded.is_grpc(), &parent, None);
    options.request.call_on_request(&mut span, request);
    if span.is_open() {
        recorded.set_span(span);
    } else {
        recorded.set_fallback(parent);
    }
    recorded
}

/// The request with the URI that the client has sent: a router within another sees only the rest of the path.
#[cfg(feature = "axum")]
fn with_original_uri(request: &Parts) -> Option<Parts> {
    let original = &request.extensions.get::<axum::extract::OriginalUri>()?.0;
    (*original != request.uri).then(|| {
        let mut parts = request.clone();
        parts.uri = original.clone();
        parts
    })
}

#[cfg(not(feature = "axum"))]
fn with_original_uri(_request: &Parts) -> Option<Parts> {
    None
}

static CALLSITE: Callsite = Callsite::own(SpanKind::Server);

fn start_span(
    callsite: &'static Callsite,
    request: &Parts,
    options: &ServerLayerOptions,
    is_grpc: bool,
    parent: &Context,
    caller: Option<SpanContext>,
) -> ActiveSpan {
    let mut span = LibrarySpanBuilder::under(parent, callsite);
    if !span.is_wanted() {
        return span.open();
    }
    if let Some(caller) = caller {
        span.link(Link::with_context(caller));
    }
    let peer = peer_of(request, options);
    let forwarded =
        ForwardedInfo::of(&request.headers, peer, &options.trusted_proxies, options.has_forwarded);
    if is_grpc {
        describe_grpc(&mut span, request, options);
    } else {
        describe(&mut span, request, options, &forwarded);
        if let Some(client) = forwarded.client.or(peer.map(|peer| peer.ip().to_canonical())) {
            span.text("client.address", &client.to_string());
        }
    }
    options.request.request_headers.record(
        &request.headers,
        &options.request.redaction,
        is_grpc,
        |key, value| span.value(key, value),
    );
    let authority = forwarded.host.as_deref().or_else(|| authority(request));
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

/// Returns the address of the connection's other side.
fn peer_of(request: &Parts, options: &ServerLayerOptions) -> Option<SocketAddr> {
    let own = options.peer.as_ref().and_then(|peer| peer(request));
    let given = || request.extensions.get::<PeerAddress>().map(|peer| peer.0);
    own.or_else(given).or_else(|| peer::connected(request))
}

fn measurement(request: &Parts, options: &ServerLayerOptions) -> Measurement {
    let forwarded = ForwardedInfo::of(
        &request.headers,
        peer_of(request, options),
        &options.trusted_proxies,
        options.has_forwarded,
    );
    let mut measurement = Measurement::received(
        RequestMethod::new(&request.method).as_attribute(),
        scheme(request, options, &forwarded),
    );
    if let Some(route) = route(request, options) {
        measurement.add("http.route", route);
    }
    if let Some(version) = protocol_version(request.version) {
        measurement.add("network.protocol.version", version);
    }
    measurement
}

/// Returns `url.scheme`: one of two, whatever a client sends.
fn scheme(request: &Parts, options: &ServerLayerOptions, forwarded: &ForwardedInfo) -> &'static str {
    let is_https = || options.is_https || request.uri.scheme() == Some(&http::uri::Scheme::HTTPS);
    forwarded.scheme.unwrap_or_else(|| if is_https() { "https" } else { "http" })
}

/// Returns `http.route`: the pattern and never the path, since a name for each path would be names without limit.
fn route(request: &Parts, options: &ServerLayerOptions) -> Option<String> {
    let own = || options.route.as_ref().and_then(|route| route(request));
    matched(request).map(ToOwned::to_owned).or_else(own)
}

/// Sets the name and the attributes of HTTP.
fn describe(
    span: &mut LibrarySpanBuilder<'_>,
    request: &Parts,
    options: &ServerLayerOptions,
    forwarded: &ForwardedInfo,
) {
    let method = RequestMethod::new(&request.method);
    let route = route(request, options);
    let name = options.name.as_ref().and_then(|name| name(request));
    span.name(name.map_or_else(|| method.name(route.as_deref()), Into::into));
    method.record(span);
    let uri = &request.uri;
    span.text("url.path", bounded(uri.path()));
    span.text("url.scheme", scheme(request, options, forwarded));
    if let Some(query) = uri.query() {
        span.text("url.query", bounded(&options.request.redaction.query(query)));
    }
    if let Some(route) = &route {
        span.text("http.route", route);
    }
    if let Some(version) = protocol_version(request.version) {
        span.text("network.protocol.version", version);
    }
    if let Some(agent) = request.headers.get(header::USER_AGENT) {
        span.text("user_agent.original", bounded(&String::from_utf8_lossy(agent.as_bytes())));
    }
    if options.has_body_sizes
        && let Some(length) = content_length(&request.headers)
    {
        span.value(&"http.request.body.size".into(), Value::I64(size(length)));
    }
}

/// Sets the name and the attributes of gRPC. A method is known once it has replied: a caller must not be able to make up names.
fn describe_grpc(span: &mut LibrarySpanBuilder<'_>, request: &Parts, options: &ServerLayerOptions) {
    let path = request.uri.path();
    let method = grpc::method(path).filter(|method| grpc::is_known(method));
    let name = options.name.as_ref().and_then(|name| name(request));
    span.name(name.or(method.map(ToOwned::to_owned)).map_or("grpc".into(), std::borrow::Cow::Owned));
    span.text("rpc.system.name", "grpc");
    span.text("rpc.method", method.unwrap_or(grpc::OTHER));
    if method.is_none() {
        span.text("rpc.method_original", grpc::original(path));
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

/// Returns the server as the client has named it: the authority of HTTP/2, or the `Host` header.
fn authority(request: &Parts) -> Option<&str> {
    let authority = request.uri.authority().map(http::uri::Authority::as_str);
    authority.or_else(|| header_text(&request.headers, header::HOST))
}

/// Splits `host:port` or `[v6]:port`. The port may be missing.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    // An address without its brackets is malformed, but clear.
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Some((authority, None));
    }
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    (!host.is_empty()).then(|| (host, port.and_then(|port| port.parse().ok())))
}
