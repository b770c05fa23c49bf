//! The start of a CLIENT span: its name and its first attributes.

use http::header;
use http_body::Body as _;
use reqwest::Request;

use super::options::RequestAttempt;
use crate::api::Value;
use crate::api::trace::SpanKind;
use crate::engine::span::callsite::Callsite;
use crate::http::{RequestMethod, bounded, bounded_url, size};
use crate::span::{ActiveSpan, LibrarySpanBuilder};

/// The callsite of all CLIENT spans.
pub(super) static CALLSITE: Callsite = Callsite::own(SpanKind::Client);

/// Starts the span of a request.
pub(super) fn start(attempt: &RequestAttempt<'_>, request: &Request) -> ActiveSpan {
    let mut span = LibrarySpanBuilder::under(attempt.parent, &CALLSITE);
    if span.is_wanted() {
        describe(&mut span, attempt, request);
    }
    span.open()
}

fn describe(span: &mut LibrarySpanBuilder<'_>, attempt: &RequestAttempt<'_>, request: &Request) {
    let options = attempt.options;
    let method = RequestMethod::new(request.method());
    // The template is that of the first URL, not of those that it redirects to.
    let is_first = attempt.resend_count == 0 || request.url() == attempt.first;
    let given = attempt.overrides.template.as_deref().filter(|_| is_first);
    let found =
        if given.is_none() { options.template.as_ref().and_then(|template| template(request)) } else { None };
    let template = given.or(found.as_deref());
    span.name(method.name(template));
    method.record(span);
    let url = request.url();
    if let Some(host) = url.host_str() {
        // An IPv6 address has brackets in a URL, and none as an attribute.
        span.text("server.address", host.trim_matches(['[', ']']));
    }
    if let Some(port) = url.port_or_known_default() {
        span.number("server.port", port);
    }
    span.text("url.full", bounded_url(&options.request.redaction.url(url)));
    if let Some(template) = template {
        span.text("url.template", template);
    }
    let resent = attempt.resend_count.saturating_add(attempt.overrides.resend_count);
    if resent > 0 {
        span.number("http.request.resend_count", resent);
    }
    if let Some(agent) = request.headers().get(header::USER_AGENT).filter(|_| options.has_user_agent) {
        span.text("user_agent.original", bounded(&String::from_utf8_lossy(agent.as_bytes())));
    }
    if options.has_body_sizes {
        let length = request.body().map_or(Some(0), |body| body.size_hint().exact());
        if let Some(length) = length {
            span.value(&"http.request.body.size".into(), Value::I64(size(length)));
        }
    }
    options.request.request_headers.record(
        request.headers(),
        &options.request.redaction,
        false,
        |key, value| span.value(key, value),
    );
}
