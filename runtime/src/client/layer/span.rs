//! The start of a CLIENT span: its name, its first attributes, and the headers that carry its context.

use std::borrow::Cow;

use http::request::Parts;
use http::{Method as HttpMethod, header};
use reqwest::Url;

use super::options::{ClientLayerOptions, SharedClientLayerOptions};
use crate::api::Context;
use crate::client::span::CALLSITE;
use crate::http::{Measurement, RequestMethod, bounded_url, grpc, header_text};
use crate::propagation::{inject, with_propagator};
use crate::span::{ActiveSpan, LibrarySpanBuilder};

/// What its response is recorded by.
pub(super) struct StartedRequest {
    pub(super) options: SharedClientLayerOptions,
    pub(super) is_grpc: bool,
    pub(super) measurement: Option<Measurement>,
    /// The response may have a body.
    pub(super) expects_body: bool,
}

/// Starts the span of a request, and writes its context into the headers.
pub(super) fn start(request: &mut Parts, shared: &SharedClientLayerOptions) -> (ActiveSpan, StartedRequest) {
    let options: &ClientLayerOptions = shared;
    let is_grpc = grpc::is_grpc(&request.headers);
    let expects_body = request.method != HttpMethod::HEAD;
    let parent = options.request.parent(None);
    let is_recorded = options.request.is_recorded(request);
    let mut span =
        if is_recorded { start_span(request, options, &parent, is_grpc) } else { ActiveSpan::none() };
    let context: &Context = span.context().unwrap_or(&parent);
    let headers = &mut request.headers;
    match &options.request.propagators {
        Some(propagators) => inject(propagators, context, headers, false),
        None => with_propagator(|propagator| inject(propagator, context, headers, false)),
    }
    options.request.call_on_request(&mut span, request);
    let measurement =
        (cfg!(feature = "metrics") && !is_grpc && is_recorded).then(|| measurement(request, options));
    (span, StartedRequest { options: shared.clone(), is_grpc, measurement, expects_body })
}

fn start_span(request: &Parts, options: &ClientLayerOptions, parent: &Context, is_grpc: bool) -> ActiveSpan {
    let mut span = LibrarySpanBuilder::under(parent, &CALLSITE);
    if !span.is_wanted() {
        return span.open();
    }
    let url = url(request, options);
    if is_grpc {
        let method = grpc::method(request.uri.path());
        span.name(method.map_or(Cow::Borrowed("grpc"), |method| Cow::Owned(method.to_owned())));
        span.text("rpc.system.name", "grpc");
        span.text("rpc.method", method.unwrap_or(grpc::OTHER));
    } else {
        let method = RequestMethod::new(&request.method);
        let template = options.template.as_ref().and_then(|template| template(request));
        span.name(method.name(template.as_deref()));
        method.record(&mut span);
        if let Some(url) = &url {
            span.text("url.full", bounded_url(&options.request.redaction.url(url)));
        }
        if let Some(template) = &template {
            span.text("url.template", template);
        }
    }
    options.request.request_headers.record(
        &request.headers,
        &options.request.redaction,
        is_grpc,
        |key, value| span.value(key, value),
    );
    let in_url = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default())));
    let given = options.server.as_ref().map(|(address, port)| (address.as_str(), Some(*port)));
    if let Some((address, port)) = given.or(in_url) {
        span.text("server.address", address.trim_matches(['[', ']']));
        if let Some(port) = port {
            span.number("server.port", port);
        }
    }
    span.open()
}

fn measurement(request: &Parts, options: &ClientLayerOptions) -> Measurement {
    let method = RequestMethod::new(&request.method).as_attribute();
    let url = url(request, options);
    let in_url = url.as_ref().map(|url| (url.host_str(), url.port_or_known_default()));
    let given = options.server.as_ref().map(|(address, port)| (Some(address.as_str()), Some(*port)));
    let (address, port) = given.or(in_url).unwrap_or_default();
    Measurement::sent(method, address, port)
}

/// Returns the full URL of a request, which itself may contain only the path.
fn url(request: &Parts, options: &ClientLayerOptions) -> Option<Url> {
    let uri = &request.uri;
    if uri.scheme().is_some() && uri.authority().is_some() {
        return Url::parse(&uri.to_string()).ok();
    }
    let given = options.server.as_ref().map(|(address, port)| {
        if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
    });
    let host = given.or_else(|| header_text(&request.headers, header::HOST).map(ToOwned::to_owned))?;
    let scheme = if options.is_https { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{host}{}", uri.path_and_query()?)).ok()
}
