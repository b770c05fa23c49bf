//! The `tracestate` header of W3C trace context: what OpenTelemetry's `TraceState` holds of it, and the rest beside it.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceId, TraceState};

use super::header::trimmed;

/// The most members.
const MAX_MEMBERS: usize = 32;
/// The most bytes of a list. The specification asks for [512 characters](https://www.w3.org/TR/trace-context-2/#tracestate-limits): each
/// span of the trace has a copy.
const MAX_BYTES: usize = 512;
/// Members that are longer than this are the first to go.
const LONG_MEMBER: usize = 128;

/// Members that OpenTelemetry's type refuses, though the specification allows them. They are in the context beside the span.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MembersBeside {
    /// They belong to this trace only.
    trace: TraceId,
    members: Arc<[MemberBeside]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct MemberBeside {
    /// The key of the member before it that is not beside.
    follows: Option<String>,
    /// `key=value`
    text: String,
}

/// A list that was read.
#[derive(Debug, Default)]
pub(super) struct ReadState {
    pub(super) state: TraceState,
    beside: Vec<MemberBeside>,
}

impl ReadState {
    /// Reads several headers as one list, in order. `None` if it is malformed, which it is as a whole.
    pub(super) fn parse(lines: &[&str]) -> Option<Self> {
        let mut members: Vec<(&str, &str)> = Vec::new();
        let given = lines.iter().flat_map(|line| line.split(',')).map(trimmed);
        for member in given.filter(|member| !member.is_empty()) {
            let (key, value) =
                member.split_once('=').filter(|(key, value)| is_key(key) && is_value(value))?;
            if members.len() == MAX_MEMBERS {
                return None;
            }
            // Of several members with one key, the first was set last.
            if !members.iter().any(|(known, _)| *known == key) {
                members.push((key, value));
            }
        }
        shorten(&mut members);
        if let Ok(state) = TraceState::from_key_value(members.iter().copied()) {
            return Some(Self { state, beside: Vec::new() });
        }
        let (mut beside, mut follows) = (Vec::new(), None);
        members.retain(|&(key, value)| {
            let is_held = TraceState::from_key_value([(key, value)]).is_ok();
            if is_held {
                follows = Some(key.to_owned());
            } else {
                beside.push(MemberBeside { follows: follows.clone(), text: format!("{key}={value}") });
            }
            is_held
        });
        let state = TraceState::from_key_value(members).ok()?;
        // With none of ours, `TraceState` is another value than one that was never set.
        Some(Self { state: if state.header().is_empty() { TraceState::NONE } else { state }, beside })
    }

    /// Keeps what is beside in the context of a caller.
    pub(super) fn keep_beside(self, context: Context, caller: &SpanContext) -> Context {
        if self.beside.is_empty() {
            return context;
        }
        context.with_value(MembersBeside { trace: caller.trace_id(), members: self.beside.into() })
    }
}

/// The value of the header to send; empty if there is nothing to send.
pub(super) fn header(context: &Context, span: &SpanContext) -> String {
    let state =
        if *span.trace_state() == TraceState::NONE { String::new() } else { span.trace_state().header() };
    let beside = context.get::<MembersBeside>().filter(|beside| beside.trace == span.trace_id());
    let Some(beside) = beside else { return state };
    let mut members: Vec<&str> = state.split(',').filter(|member| !member.is_empty()).collect();
    let key_of = |member: &str| member.split('=').next().unwrap_or_default().to_owned();
    // From the last one, so that several that follow one member keep their order.
    for MemberBeside { follows, text } in beside.members.iter().rev() {
        let before =
            follows.as_ref().and_then(|key| members.iter().position(|member| key_of(member) == *key));
        // Without the member before it, it is behind what this process has set.
        let ours = members.iter().take_while(|member| member.starts_with("ot=")).count();
        members.insert(before.map_or(ours, |index| index + 1), text);
    }
    members.truncate(MAX_MEMBERS);
    members.join(",")
}

/// Removes what is beyond the limit: long members first, then from the end.
fn shorten(members: &mut Vec<(&str, &str)>) {
    let length = |members: &[(&str, &str)]| -> usize {
        members.iter().map(|(key, value)| key.len() + value.len() + 2).sum::<usize>().saturating_sub(1)
    };
    while length(members) > MAX_BYTES {
        let is_long = |(key, value): &(&str, &str)| key.len() + value.len() + 1 > LONG_MEMBER;
        match members.iter().rposition(is_long) {
            Some(long) if members.len() > 1 => drop(members.remove(long)),
            _ => drop(members.pop()),
        }
    }
}

fn is_key(key: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= 256
        && key.bytes().next().is_some_and(is_first)
        && key.bytes().all(|byte| is_first(byte) || b"_-*/@".contains(&byte))
}

fn is_value(value: &str) -> bool {
    (1..=256).contains(&value.len())
        && value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b",=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceFlags};
    use proptest::prelude::*;

    use super::*;

    fn caller(state: TraceState) -> SpanContext {
        SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::SAMPLED, true, state)
    }

    /// What is sent of a list that was read.
    fn through(list: &str) -> Option<String> {
        let read = ReadState::parse(&[list])?;
        let caller = caller(read.state.clone());
        let context = Context::new().with_remote_span_context(caller.clone());
        let context = read.keep_beside(context, &caller);
        Some(header(&context, &caller))
    }

    #[test]
    fn all_that_the_specification_allows_comes_through_in_order() {
        let long = format!("{}=1,a=2", "t".repeat(256));
        let vendor = format!("a=1,{}@{}=2,b=3", "t".repeat(100), "v".repeat(100));
        for list in [
            "foo=1",
            "foo@@bar=1,bar=2",
            "a=1,foo@@bar=2,x@y@z=3,b=4",
            "x@@y=1",
            "x@@y=1,z@=2,a=3",
            &long,
            &vendor,
        ] {
            assert_eq!(through(list).as_deref(), Some(list));
        }
    }

    #[test]
    fn what_this_process_sets_is_in_front_and_the_rest_stays() {
        let read = ReadState::parse(&["x@@y=1,ot=th:8,a=2,y@@x=3,b=4"]).expect("valid");
        let changed = read.state.insert("ot", "th:c").expect("valid").delete("a").expect("valid");
        let context = read.keep_beside(Context::new(), &caller(TraceState::NONE));
        assert_eq!(header(&context, &caller(changed.clone())), "ot=th:c,x@@y=1,y@@x=3,b=4");
        let other = SpanContext::new(TraceId::from(9), SpanId::from(8), TraceFlags::SAMPLED, false, changed);
        assert_eq!(header(&context, &other), "ot=th:c,b=4", "of another trace");
    }

    #[test]
    fn a_list_that_is_too_long_loses_long_members_first_and_then_the_last() {
        let long = format!("long={}", "x".repeat(200));
        let short = "a=1,b=2";
        assert_eq!(
            through(&format!("{long},{short}")),
            Some(format!("{long},{short}")),
            "it is within the limit"
        );
        assert_eq!(
            through(&format!("{long},k{long},j{long},{short}")),
            Some(format!("{long},k{long},{short}"))
        );
        let many: Vec<_> = (10..40).map(|number| format!("key{number}={}", "v".repeat(15))).collect();
        let left = through(&many.join(",")).expect("valid");
        assert!(left.len() <= 512 && many.join(",").starts_with(&left), "{left}");
        let huge = format!("{}={}", "k".repeat(256), "v".repeat(256));
        assert_eq!(through(&huge).as_deref(), Some(""));
    }

    proptest! {
        #[test]
        fn any_list_is_read_or_refused_and_comes_through_within_its_limits(list in "[a-c@=, ]{0,60}") {
            if let Some(sent) = through(&list) {
                prop_assert!(sent.len() <= MAX_BYTES);
                prop_assert_eq!(through(&sent), Some(sent), "a second hop changes nothing");
            }
        }
    }
}
