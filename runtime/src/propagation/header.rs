//! What the formats have in common: one header, ids in hexadecimal digits, a complaint.

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use crate::diag;

/// The one line of a header, without the white space around it. `None` where there is none; `Some(None)` where there
/// are several, of which none can be chosen.
pub(super) fn line<'a>(extractor: &'a dyn Extractor, name: &str) -> Option<Option<&'a str>> {
    let lines = extractor.get_all(name)?;
    Some(match lines.as_slice() {
        [line] => Some(trimmed(line)),
        _ => None,
    })
}

/// Without [optional white space](https://www.rfc-editor.org/rfc/rfc9110#name-whitespace).
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Says once for each header that it was malformed.
pub(super) fn complain(name: &'static str, extractor: &dyn Extractor, instead: &str) {
    diag::warn_once(name, || {
        let lines = extractor.get_all(name).unwrap_or_default().join(", ");
        format!(
            "the header {name}: {:?} is malformed; {instead} (further ones are not told)",
            diag::shown(&lines)
        )
    });
}

/// Hexadecimal digits in small letters, so many of them.
pub(super) fn number(digits: &str, lengths: impl Fn(usize) -> bool) -> Option<u128> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (lengths(digits.len()) && digits.bytes().all(is_digit)).then_some(())?;
    u128::from_str_radix(digits, 16).ok()
}

/// A caller's span; `None` where an id is all zeros.
pub(super) fn caller(trace: u128, span: u128, flags: TraceFlags, state: TraceState) -> Option<SpanContext> {
    let span = u64::try_from(span).ok()?;
    let caller = SpanContext::new(TraceId::from(trace), SpanId::from(span), flags, true, state);
    caller.is_valid().then_some(caller)
}
