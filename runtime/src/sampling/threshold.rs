//! Sampling thresholds and randomness in a
//! [`tracestate`](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/): `ot=th:{threshold};rv:{randomness}`.

use opentelemetry::trace::{SpanContext, TraceId, TraceState};

/// The key of OpenTelemetry's member of a `tracestate`.
const MEMBER: &str = "ot";
/// Hexadecimal digits of a threshold, and of a randomness: 56 bits.
const DIGITS: usize = 14;
/// The threshold that rejects every trace. It has no digits.
pub(crate) const REJECT_ALL: u64 = 1 << 56;
/// Significant digits of a threshold, as the specification recommends.
const PRECISION: u32 = 4;
/// The most characters of a member's value.
const MAX_MEMBER_LENGTH: usize = 256;

/// The threshold for a ratio: of 2⁵⁶ traces this many are rejected.
///
/// It has four significant hexadecimal digits. For a ratio of 0.001 that is exact to one part in 75,000.
pub(crate) fn from_ratio(ratio: f64) -> u64 {
    const ALL: f64 = (1_u64 << 56) as f64;
    let exact = ratio * ALL;
    // NaN samples nothing.
    if exact < 1.0 || exact.is_nan() {
        return REJECT_ALL;
    }
    let kept = exact.round();
    if kept >= ALL {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 2⁵⁶")]
    let threshold = REJECT_ALL - kept as u64;
    // Leading `f`s say how small the ratio is. They are not significant digits.
    let leading = (!(threshold << 8)).leading_zeros() / 4;
    let excess_bits = (DIGITS as u32).saturating_sub(PRECISION + leading) * 4;
    if excess_bits == 0 {
        return threshold;
    }
    (threshold + (1 << (excess_bits - 1))) >> excess_bits << excess_bits
}

/// A threshold as the value of `th`.
fn digits(threshold: u64) -> String {
    let digits = format!("{threshold:014x}");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

/// What a `tracestate` says about sampling.
#[derive(Debug)]
pub(crate) struct OtState<'a> {
    state: &'a TraceState,
    /// The threshold that the trace has passed so far.
    pub(crate) threshold: Option<u64>,
    /// The randomness that every sampler uses in place of the trace id's.
    pub(crate) randomness: Option<u64>,
    /// The other parts of OpenTelemetry's member, unchanged.
    others: Vec<&'a str>,
    /// A part is malformed.
    has_faults: bool,
}

impl<'a> OtState<'a> {
    pub(crate) fn of(state: &'a TraceState) -> Self {
        let mut parsed =
            Self { state, threshold: None, randomness: None, others: Vec::new(), has_faults: false };
        let members = state.get(MEMBER).into_iter().flat_map(|member| member.split(';'));
        let (mut thresholds, mut randomness) = (0, 0);
        for member in members {
            match member.split_once(':') {
                Some(("th", value)) => {
                    thresholds += 1;
                    parsed.threshold = hexadecimal(value, 1).map(|(number, digits)| {
                        // Trailing zeros may be left out.
                        number << (4 * (DIGITS - digits))
                    });
                }
                Some(("rv", value)) => {
                    randomness += 1;
                    parsed.randomness = hexadecimal(value, DIGITS).map(|(number, _)| number);
                }
                Some((key, value)) if is_key(key) && value.chars().all(is_in_value) => {
                    parsed.others.push(member);
                }
                _ => parsed.has_faults = true,
            }
        }
        // A part that is there twice is ignored.
        if thresholds > 1 {
            parsed.threshold = None;
        }
        if randomness > 1 {
            parsed.randomness = None;
        }
        parsed.has_faults |= thresholds != u32::from(parsed.threshold.is_some())
            || randomness != u32::from(parsed.randomness.is_some());
        parsed
    }

    /// The randomness of a trace of this id.
    pub(crate) fn randomness_of(&self, trace_id: TraceId) -> u64 {
        self.randomness.unwrap_or_else(|| randomness(trace_id))
    }

    /// The `tracestate` with this threshold, or without any, and without malformed parts.
    pub(crate) fn with_threshold(&self, threshold: Option<u64>) -> TraceState {
        if threshold == self.threshold && !self.has_faults {
            return self.state.clone();
        }
        let threshold = threshold.map(|threshold| format!("th:{}", digits(threshold)));
        let randomness = self.randomness.map(|randomness| format!("rv:{randomness:014x}"));
        let own = threshold.as_deref().into_iter().chain(randomness.as_deref());
        let mut value = String::new();
        for member in own.chain(self.others.iter().copied()) {
            let separator = usize::from(!value.is_empty());
            // Parts over the limit are left out, the last ones first.
            if value.len() + separator + member.len() <= MAX_MEMBER_LENGTH {
                value.push_str(if separator > 0 { ";" } else { "" });
                value.push_str(member);
            }
        }
        let changed = match value.is_empty() {
            true => self.state.delete(MEMBER),
            false => self.state.insert(MEMBER, value),
        };
        match changed {
            // `NONE`, because an empty list would be sent as an empty header.
            Ok(state) if state.into_iter().len() == 0 => TraceState::NONE,
            changed => changed.unwrap_or_default(),
        }
    }
}

/// The randomness of a trace id: its last 56 bits.
fn randomness(trace_id: TraceId) -> u64 {
    let [.., a, b, c, d, e, f, g] = trace_id.to_bytes();
    u64::from_be_bytes([0, a, b, c, d, e, f, g])
}

/// The parent's `tracestate` for a child that is sampled, or is not: without a threshold that contradicts the decision.
pub(crate) fn inherited_state(parent: &SpanContext, is_sampled: bool) -> TraceState {
    let state = parent.trace_state();
    if *state == TraceState::NONE {
        return TraceState::NONE;
    }
    let parsed = OtState::of(state);
    let randomness = parsed.randomness_of(parent.trace_id());
    let threshold = parsed.threshold.filter(|threshold| (randomness >= *threshold) == is_sampled);
    parsed.with_threshold(threshold)
}

/// A number of at least `min_digits` hexadecimal digits, and at most 14; and how many there are.
fn hexadecimal(text: &str, min_digits: usize) -> Option<(u64, usize)> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let fits = (min_digits..=DIGITS).contains(&text.len()) && are_digits;
    let number = fits.then(|| u64::from_str_radix(text, 16).ok()).flatten()?;
    Some((number, text.len()))
}

fn is_key(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit())
}

fn is_in_value(one: char) -> bool {
    one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-')
}

#[cfg(test)]
mod tests;
