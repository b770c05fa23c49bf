//! What the formats share: a header's single value, ids in hexadecimal digits, the warning about a malformed header.

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use crate::diag;

/// Returns the value of a header, without the white space around it. `None` if there is no such header; `Some(None)` if there are
/// several.
pub(super) fn single_value<'a>(extractor: &'a dyn Extractor, name: &str) -> Option<Option<&'a str>> {
    let values = extractor.get_all(name)?;
    Some(match values.as_slice() {
        [value] => Some(trimmed(value)),
        _ => None,
    })
}

/// Returns the text without [optional white space](https://www.rfc-editor.org/rfc/rfc9110#name-whitespace).
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Warns about a malformed header, once for each name. `consequence` says what happens to the request; `specification` is the
/// format's address.
pub(super) fn warn_malformed(
    name: &'static str,
    extractor: &dyn Extractor,
    consequence: &str,
    specification: &str,
) {
    diag::warn_once(name, || {
        // What applications pass on is not shown.
        let shown = match name {
            "baggage" => String::new(),
            _ => format!(": {:?}", diag::escaped(&extractor.get_all(name).unwrap_or_default().join(", "))),
        };
        format!(
            "the header {name}{shown} is malformed; {consequence} (see {specification}; reported once for this header)"
        )
    });
}

/// Parses lowercase hexadecimal digits; `lengths` says how many there may be.
pub(super) fn number(digits: &str, lengths: impl Fn(usize) -> bool) -> Option<u128> {
    const NONE: u8 = 0xff;
    /// The value of each byte that is a digit.
    const VALUES: [u8; 256] = {
        let mut values = [NONE; 256];
        let mut value = 0;
        while value < 16 {
            values[b"0123456789abcdef"[value as usize] as usize] = value;
            value += 1;
        }
        values
    };
    if !lengths(digits.len()) || digits.len() > 32 {
        return None;
    }
    let (mut high, mut low, mut seen) = (0_u64, 0_u64, 0);
    for &byte in digits.as_bytes() {
        let value = VALUES[usize::from(byte)];
        seen |= value;
        high = high << 4 | low >> 60;
        low = low << 4 | u64::from(value & 15);
    }
    (seen < 16).then_some(u128::from(high) << 64 | u128::from(low))
}

/// Returns the span of a remote caller; `None` if an id is all zeros.
pub(super) fn remote_span(
    trace: u128,
    span: u128,
    flags: TraceFlags,
    state: TraceState,
) -> Option<SpanContext> {
    let span = u64::try_from(span).ok()?;
    let remote = SpanContext::new(TraceId::from(trace), SpanId::from(span), flags, true, state);
    remote.is_valid().then_some(remote)
}
