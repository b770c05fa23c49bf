//! What a CLIENT span is called, and what it starts with.

use crate::api::Value;
use crate::api::trace::SpanKind;
use http::header;
use http_body::Body as _;
use reqwest::Request;

use super::attempt::Attempt;
use crate::engine::span::callsite::Callsite;
use crate::http::{Method, bounded, bounded_url, size, text};
use crate::span::{ActiveSpan, LibrarySpanBuilder};

/// What all CLIENT spans have in common.
pub(super) static CALLSITE: Callsite = Callsite::own(SpanKind::Client);

/// Starts the span of a request.
pub(super) fn start(attempt: &Attempt<'_>, request: &Request) -> ActiveSpan {
    let mut span = LibrarySpanBuilder::under(attempt.parent, &CALLSITE);
    if span.is_wanted() {
        describe(&mut span, attempt, request);
    }
    span.open()
}

fn describe(span: &mut LibrarySpanBuilder<'_>, attempt: &Attempt<'_>, request: &Request) {
    let set = attempt.settings;
    let method = Method::new(request.method());
    // A template is of the first URL, and not of those that it redirects to.
    let is_first = attempt.resent == 0 || request.url() == attempt.first;
    let given = attempt.options.template.as_deref().filter(|_| is_first);
    let found =
        if given.is_none() { set.template.as_ref().and_then(|template| template(request)) } else { None };
    let template = given.or(found.as_deref());
    span.name(method.name(template));
    method.record(span);
    let url = request.url();
    if let Some(host) = url.host_str() {
        // An IPv6 address stands in brackets in a URL, and without them as an address.
        span.text("server.address", host.trim_matches(['[', ']']));
    }
    if let Some(port) = url.port_or_known_default() {
        span.number("server.port", port);
    }
    span.text("url.full", bounded_url(&set.common.redaction.url(url)));
    if let Some(template) = template {
        span.text("url.template", template);
    }
    let resent = attempt.resent.saturating_add(attempt.options.resent);
    if resent > 0 {
        span.number("http.request.resend_count", resent);
    }
    if let Some(agent) = text(request.headers(), header::USER_AGENT).filter(|_| set.user_agent) {
        span.text("user_agent.original", bounded(agent));
    }
    if set.body_sizes {
        let length = request.body().map_or(Some(0), |body| body.size_hint().exact());
        if let Some(length) = length {
            span.value(&"http.request.body.size".into(), Value::I64(size(length)));
        }
    }
    set.common.request_headers.record(request.headers(), false, |key, value| span.value(key, value));
}
