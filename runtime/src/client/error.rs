//! Why a request has failed.

use crate::api::Context;

use super::causes::causes;
use crate::span::{Exception, fail as fail_span};
use crate::value::Shown;

/// Marks the span of `context` as failed. reqwest's own texts are left out: they quote the URL, with all that is secret in it.
pub(super) fn fail(context: &Context, error: &reqwest::Error) {
    let kind = kind(error);
    let texts = causes(error).filter(|cause| !cause.is::<reqwest::Error>()).map(ToString::to_string);
    let message = std::iter::once(kind.to_owned()).chain(texts).collect::<Vec<_>>().join(": ");
    fail_span(context, Exception::new(kind.into()).with_message(Shown::Display(&message)));
}

/// `error.type`, of low cardinality.
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

/// Whether TLS has failed, rustls' at least.
#[cfg(feature = "tls")]
fn is_tls(error: &reqwest::Error) -> bool {
    /// An error of input and output keeps what it was made of to itself.
    fn is_rustls(error: &(dyn std::error::Error + 'static)) -> bool {
        let within = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        error.is::<rustls::Error>() || within.is_some_and(|within| is_rustls(within))
    }
    causes(error).any(is_rustls)
}

#[cfg(not(feature = "tls"))]
const fn is_tls(_error: &reqwest::Error) -> bool {
    false
}
