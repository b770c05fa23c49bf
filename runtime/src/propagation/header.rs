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

/// Says once for each header that it was malformed, what is done instead, and where its format is described.
pub(super) fn complain(name: &'static str, extractor: &dyn Extractor, instead: &str, format: &str) {
    diag::warn_once(name, || {
        let lines = extractor.get_all(name).unwrap_or_default().join(", ");
        format!(
            "the header {name}: {:?} is malformed; {instead} (see {format}; further ones are not told)",
            diag::shown(&lines)
        )
    });
}

/// Hexadecimal digits in small letters, so many of them.
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

/// A caller's span; `None` where an id is all zeros.
pub(super) fn caller(trace: u128, span: u128, flags: TraceFlags, state: TraceState) -> Option<SpanContext> {
    let span = u64::try_from(span).ok()?;
    let caller = SpanContext::new(TraceId::from(trace), SpanId::from(span), flags, true, state);
    caller.is_valid().then_some(caller)
}
