//! Thresholds: the specification's own figures, and malformed `tracestate`s.

use std::str::FromStr as _;

use opentelemetry::trace::{SpanId, TraceFlags};
use proptest::prelude::*;

use super::*;

fn state(text: &str) -> TraceState {
    TraceState::from_str(text).expect("well-formed")
}

/// The table of
/// [TraceState: probability sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#converting-floating-point-probability-to-threshold-value),
/// with the precision of 4 that it recommends.
#[test]
fn thresholds_match_the_specification_s_table() {
    let table = [
        (1.0, "0"),
        (2.0, "8"),
        (3.0, "aaab"),
        (4.0, "c"),
        (5.0, "cccd"),
        (8.0, "e"),
        (10.0, "e666"),
        (16.0, "f"),
        (100.0, "fd70a"),
        (1e3, "ffbe77"),
        (1e4, "fff9724"),
        (1e5, "ffff583a"),
        (1e6, "ffffef39"),
    ];
    for (one_in, threshold) in table {
        assert_eq!(digits(from_ratio(1.0 / one_in)), threshold, "one in {one_in}");
    }
}

#[test]
fn the_smallest_ratio_samples_one_trace_and_a_smaller_one_none() {
    let smallest = 2_f64.powi(-56);
    assert_eq!(digits(from_ratio(smallest)), "ffffffffffffff");
    for too_small in [smallest / 4.0, smallest * 0.75, 0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(from_ratio(too_small), REJECT_ALL, "{too_small}");
    }
    for always in [1.0, 1.5, f64::INFINITY] {
        assert_eq!(from_ratio(always), 0, "{always}");
    }
}

#[test]
fn thresholds_and_randomness_are_parsed() {
    let parsed = |text| {
        let state = state(text);
        let parsed = OtState::of(&state);
        (parsed.threshold, parsed.randomness)
    };
    assert_eq!(parsed("ot=th:c"), (Some(0xc0_0000_0000_0000), None));
    assert_eq!(parsed("ot=th:0"), (Some(0), None));
    assert_eq!(
        parsed("ot=th:fd70a4;rv:fe123456789abc"),
        (Some(0xfd_70a4_0000_0000), Some(0xfe_1234_5678_9abc))
    );
    assert_eq!(parsed("other=1,ot=p:8;rv:00000000000001"), (None, Some(1)));
    for wrong in [
        "ot=th:",
        "ot=th:g",
        "ot=th:C",
        "ot=th:123456789abcdef",
        "ot=th:+1",
        "ot=rv:1",
        "ot=rv:0x000000000000",
        "ot=th:8;th:8",
        "ot=rv:00000000000001;rv:00000000000002",
        "ot=th",
        "other=th:8",
        "ot=TH:8",
    ] {
        assert_eq!(parsed(wrong), (None, None), "{wrong}");
    }
}

#[test]
fn only_the_threshold_changes_and_the_changed_member_comes_first() {
    let edit = |text, threshold| {
        let state = state(text);
        OtState::of(&state).with_threshold(threshold).header()
    };
    assert_eq!(edit("a=1,ot=p:8;th:c,b=2", Some(8 << 52)), "ot=th:8;p:8,a=1,b=2");
    assert_eq!(edit("a=1,ot=th:c;rv:00000000000007", None), "ot=rv:00000000000007,a=1");
    assert_eq!(edit("a=1,ot=th:c", None), "a=1");
    assert_eq!(edit("a=1,ot=th:c", Some(0xc << 52)), "a=1,ot=th:c", "nothing has changed");
    assert_eq!(edit("a=1,ot=rv:7;th:zz;x:1;y", None), "ot=x:1,a=1", "malformed parts are erased");
    let full = (0..32).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
    assert!(edit(&full, Some(0)).starts_with("ot=th:0,k0=v,") && !edit(&full, Some(0)).contains("k31"));
}

#[test]
fn a_full_member_loses_its_last_part_for_the_threshold() {
    let full = state(&format!("ot=p:8;x:{}", "y".repeat(250)));
    assert_eq!(OtState::of(&full).with_threshold(Some(8 << 52)).header(), "ot=th:8;p:8");
}

fn parent(flags: u8, trace: u128, text: &str) -> SpanContext {
    SpanContext::new(TraceId::from(trace), SpanId::from(1), TraceFlags::new(flags), true, state(text))
}

#[test]
fn a_threshold_that_contradicts_the_flag_is_erased() {
    let half = 0x80_0000_0000_0000;
    let inherited = |parent: SpanContext| inherited_state(&parent, parent.is_sampled()).header();
    assert_eq!(inherited(parent(1, half, "ot=th:8,v=1")), "ot=th:8,v=1");
    assert_eq!(inherited(parent(1, half - 1, "ot=th:8,v=1")), "v=1");
    assert_eq!(inherited(parent(0, half - 1, "ot=th:8,v=1")), "ot=th:8,v=1");
    assert_eq!(inherited(parent(0, half, "ot=th:8,v=1")), "v=1");
    assert_eq!(inherited(parent(1, half - 1, "ot=th:8;rv:80000000000000")), "ot=th:8;rv:80000000000000");
    assert_eq!(inherited(parent(1, half - 1, "v=1,w=2")), "v=1,w=2");
}

proptest! {
    /// Whatever a peer sends, the result is well-formed, within the limits, and has the new threshold; other vendors'
    /// members keep their order.
    #[test]
    fn the_result_is_well_formed_for_any_input(
        member in "[ -+\\--<>-~]{0,256}",
        before in prop::collection::vec("[a-z]{3,9}", 0..20),
        after in prop::collection::vec("[a-z]{3,9}", 0..20),
        threshold in prop::option::of(0_u64..REJECT_ALL),
    ) {
        let mut members: Vec<(String, String)> = Vec::new();
        for (at, key) in before.iter().chain(&after).enumerate() {
            if at == before.len() {
                members.push((MEMBER.to_owned(), member.clone()));
            }
            if members.iter().all(|(known, _)| known != key) {
                members.push((key.clone(), format!("v{at}")));
            }
        }
        let given = TraceState::from_key_value(members).expect("well-formed");
        let changed = OtState::of(&given).with_threshold(threshold);
        let parsed = OtState::of(&changed);
        prop_assert_eq!(parsed.threshold, threshold);
        prop_assert!(!parsed.has_faults);
        prop_assert_eq!(parsed.randomness, OtState::of(&given).randomness);
        prop_assert!(changed.get(MEMBER).unwrap_or_default().len() <= MAX_MEMBER_LENGTH);
        let others = |state: &TraceState| {
            state.into_iter().filter(|(key, _)| *key != MEMBER).map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
        };
        let (kept, all) = (others(&changed), others(&given));
        prop_assert!(all.starts_with(&kept) && all.len() - kept.len() <= 1);
    }

    /// A greater ratio never has a greater threshold, so it samples everything that the smaller one samples.
    #[test]
    fn thresholds_fall_as_ratios_rise(one in 0.0..=1.0, other in 0.0..=1.0) {
        let (less, more) = if one <= other { (one, other) } else { (other, one) };
        prop_assert!(from_ratio(less) >= from_ratio(more));
    }

    #[test]
    fn a_threshold_is_close_to_its_ratio(exponent in -36.0_f64..0.0) {
        let ratio = exponent.exp2();
        let kept = (REJECT_ALL - from_ratio(ratio)) as f64 / REJECT_ALL as f64;
        // Four digits; for the smallest ratios, one trace of 2⁵⁶.
        let bound = 1.0 / 8192.0 + (-57.0_f64).exp2() / ratio;
        prop_assert!((kept / ratio - 1.0).abs() <= bound, "{ratio} {kept}");
    }
}
