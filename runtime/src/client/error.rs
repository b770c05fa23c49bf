//! Why a request has failed.

use std::error::Error;

use crate::api::Context;
use crate::span::{Exception, fail as fail_span};
use crate::value::Shown;

/// Marks the span of `context` as failed. The texts of reqwest's own errors are left out: they contain the URL with its secrets.
pub(super) fn fail(context: &Context, error: &reqwest::Error) {
    let kind = kind(error);
    let texts = causes(error).filter(|cause| !cause.is::<reqwest::Error>()).map(ToString::to_string);
    let message = std::iter::once(kind.to_owned()).chain(texts).collect::<Vec<_>>().join(": ");
    fail_span(context, Exception::new(kind.into()).with_message(Shown::Display(&message)));
}

/// Returns the causes of an error, the nearest first.
pub(super) fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| Error::source(*cause))
}

/// Returns `error.type`. It has low cardinality.
pub(super) fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_dns() {
        "dns"
    } else if is_tls(error) {
        "tls"
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

/// Returns whether TLS has failed, if it is that of rustls.
#[cfg(feature = "tls")]
fn is_tls(error: &reqwest::Error) -> bool {
    /// An I/O error does not return the error that it contains as its source.
    fn is_rustls(error: &(dyn Error + 'static)) -> bool {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        error.is::<rustls::Error>() || inner.is_some_and(|inner| is_rustls(inner))
    }
    causes(error).any(is_rustls)
}

#[cfg(not(feature = "tls"))]
const fn is_tls(_error: &reqwest::Error) -> bool {
    false
}
