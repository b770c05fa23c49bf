//! What the span starts with, and what its request is sent with.

use std::borrow::Cow;

use crate::api::Context;
use http::request::Parts;
use http::{Method as HttpMethod, header};
use reqwest::Url;

use super::settings::Set;
use crate::client::span::CALLSITE;
use crate::http::{Measurement, Method, bounded_url, rpc, text};
use crate::propagation::{inject, with_propagator};
use crate::span::{ActiveSpan, CAN_RECORD, LibrarySpanBuilder};

/// A request that is about to be sent.
pub(super) struct Begun {
    pub(super) span: ActiveSpan,
    pub(super) is_grpc: bool,
    pub(super) measured: Option<Measurement>,
    /// The answer has no body.
    pub(super) asks_for_headers_only: bool,
}

/// Begins the span of a request, and writes its context into the headers.
pub(super) fn begin(request: &mut Parts, set: &Set) -> Begun {
    if !CAN_RECORD {
        let (is_grpc, asks_for_headers_only) = (false, false);
        return Begun { span: ActiveSpan::none(), is_grpc, measured: None, asks_for_headers_only };
    }
    let parent = set.common.parent(None);
    let is_grpc = rpc::is_grpc(&request.headers);
    let asks_for_headers_only = request.method == HttpMethod::HEAD;
    let is_wanted = set.common.wants(request);
    let mut span = if is_wanted { start(request, set, &parent, is_grpc) } else { ActiveSpan::none() };
    let context: &Context = span.context().unwrap_or(&parent);
    let headers = &mut request.headers;
    match &set.common.propagators {
        Some(propagators) => inject(propagators, context, headers, false),
        None => with_propagator(|propagator| inject(propagator, context, headers, false)),
    }
    set.common.tell_of(&mut span, request);
    let measured = (cfg!(feature = "metrics") && !is_grpc && is_wanted).then(|| measured(request, set));
    Begun { span, is_grpc, measured, asks_for_headers_only }
}

fn start(request: &Parts, set: &Set, parent: &Context, is_grpc: bool) -> ActiveSpan {
    let mut span = LibrarySpanBuilder::under(parent, &CALLSITE);
    if !span.is_wanted() {
        return span.open();
    }
    let url = url(request, set);
    if is_grpc {
        let method = rpc::method(request.uri.path());
        span.name(method.map_or(Cow::Borrowed("grpc"), |method| Cow::Owned(method.to_owned())));
        span.text("rpc.system.name", "grpc");
        span.text("rpc.method", method.unwrap_or(rpc::OTHER));
    } else {
        let method = Method::new(&request.method);
        let template = set.template.as_ref().and_then(|template| template(request));
        span.name(method.name(template.as_deref()));
        method.record(&mut span);
        if let Some(url) = &url {
            span.text("url.full", bounded_url(&set.common.redaction.url(url)));
        }
        if let Some(template) = &template {
            span.text("url.template", template);
        }
    }
    set.common.request_headers.record(&request.headers, is_grpc, |key, value| span.value(key, value));
    let named = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default())));
    let told = set.server.as_ref().map(|(address, port)| (address.as_str(), Some(*port)));
    if let Some((address, port)) = told.or(named) {
        span.text("server.address", address.trim_matches(['[', ']']));
        if let Some(port) = port {
            span.number("server.port", port);
        }
    }
    span.open()
}

fn measured(request: &Parts, set: &Set) -> Measurement {
    let method = Method::new(&request.method).as_attribute();
    let url = url(request, set);
    let named = url.as_ref().map(|url| (url.host_str(), url.port_or_known_default()));
    let told = set.server.as_ref().map(|(address, port)| (Some(address.as_str()), Some(*port)));
    let (address, port) = told.or(named).unwrap_or_default();
    Measurement::sent(method, address, port)
}

/// The whole of a request's URL, of which it may have the path alone.
fn url(request: &Parts, set: &Set) -> Option<Url> {
    let uri = &request.uri;
    if uri.scheme().is_some() && uri.authority().is_some() {
        return Url::parse(&uri.to_string()).ok();
    }
    let told = set.server.as_ref().map(|(address, port)| {
        if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
    });
    let host = told.or_else(|| text(&request.headers, header::HOST).map(ToOwned::to_owned))?;
    let scheme = if set.is_https { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{host}{}", uri.path_and_query()?)).ok()
}
