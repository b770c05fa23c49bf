//! The samplers, by statistics and by the clock. Seeds are fixed, so the tests are deterministic; each bound says how
//! rarely another seed would fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};

use super::*;
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};

/// SplitMix64, as its author published it.
struct Numbers(u64);

impl Iterator for Numbers {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(mixed ^ (mixed >> 31))
    }
}

fn ids(seed: u64, count: usize) -> impl Iterator<Item = TraceId> {
    let mut numbers = Numbers(seed);
    std::iter::from_fn(move || {
        let (high, low) = (numbers.next()?, numbers.next()?);
        Some(TraceId::from(u128::from(high) << 64 | u128::from(low)))
    })
    .take(count)
}

fn ask(sampler: &dyn ShouldSample, parent: Option<&Context>, id: TraceId) -> SamplingResult {
    sampler.should_sample(parent, id, "name", &SpanKind::Internal, &[], &[])
}

fn samples(sampler: &dyn ShouldSample, id: TraceId) -> bool {
    ask(sampler, None, id).decision == SamplingDecision::RecordAndSample
}

/// The deviation that the sum of `n` independent numbers exceeds with a probability of at most 10⁻⁹, given their variance and
/// each number's largest distance `most` from its mean: Bernstein's inequality, for both sides.
fn bound(n: f64, variance: f64, most: f64) -> f64 {
    let log = (2.0 / 1e-9_f64).ln();
    let linear = most * log / 3.0;
    linear + (linear * linear + 2.0 * n * variance * log).sqrt()
}

/// Confidence: 1 - 10⁻⁹ for each ratio.
#[test]
fn the_sampled_share_is_the_ratio() {
    const COUNT: usize = 200_000;
    for (seed, ratio) in [0.0, 0.0001, 0.01, 0.1, 1.0 / 3.0, 0.5, 0.9, 1.0].into_iter().enumerate() {
        let sampler = ConsistentProbability::new(ratio);
        let taken = ids(seed as u64, COUNT).filter(|id| samples(&sampler, *id)).count() as f64;
        let (n, p) = (COUNT as f64, sampler.ratio());
        assert!((taken - n * p).abs() <= bound(n, p * (1.0 - p), 1.0), "{ratio}: {taken}");
    }
}

/// The adjusted counts of all sampled traces, by their thresholds, add up to all traces. Confidence: 1 - 10⁻⁹.
#[test]
fn adjusted_counts_add_up_to_all_traces() {
    const COUNT: usize = 200_000;
    let ratios = [0.02, 0.1, 0.5, 1.0].map(ConsistentProbability::new);
    let (mut sum, mut variance, mut most) = (0.0, 0.0, 0.0_f64);
    for (at, id) in ids(7, COUNT).enumerate() {
        let sampler = &ratios[at % ratios.len()];
        let p = sampler.ratio();
        variance += (1.0 - p) / p / COUNT as f64;
        most = most.max(1.0 / p);
        let result = ask(sampler, None, id);
        let Some(member) = result.trace_state.get("ot") else { continue };
        // As a backend would.
        let digits = member.strip_prefix("th:").expect("only the threshold");
        let threshold = u64::from_str_radix(&format!("{digits:0<14}"), 16).expect("digits");
        sum += 2_f64.powi(56) / (2_f64.powi(56) - threshold as f64);
    }
    let n = COUNT as f64;
    assert!((sum - n).abs() <= bound(n, variance, most), "{sum}");
}

#[test]
fn a_greater_ratio_samples_everything_that_a_smaller_one_samples() {
    let [less, more] = [0.1, 0.25].map(ConsistentProbability::new);
    let (mut both, mut one) = (0, 0);
    for id in ids(11, 20_000) {
        match (samples(&less, id), samples(&more, id)) {
            (true, more) => {
                assert!(more, "{id}");
                both += 1;
            }
            (false, true) => one += 1,
            (false, false) => {}
        }
    }
    assert!(both > 1_000 && one > 1_000);
}

fn parent(id: TraceId, flags: u8, remote: bool, state: &str) -> Context {
    let state = state.parse::<TraceState>().expect("well-formed");
    let span = SpanContext::new(id, SpanId::from(5), TraceFlags::new(flags), remote, state);
    Context::new().with_remote_span_context(span)
}

#[test]
fn the_caller_s_randomness_takes_precedence_over_the_trace_id_s() {
    let half = ConsistentProbability::new(0.5);
    let [low, high] = [7, u128::MAX].map(TraceId::from);
    for (id, state, header) in [
        (low, "ot=rv:80000000000000,v=1", Some("ot=th:8;rv:80000000000000,v=1")),
        (high, "ot=rv:7fffffffffffff;th:0,v=1", None),
        (high, "v=1", Some("ot=th:8,v=1")),
        (low, "v=1", None),
        (high, "ot=rv:7;th:xyz,v=1", Some("ot=th:8,v=1")),
    ] {
        let result = ask(&half, Some(&parent(id, 3, true, state)), id);
        let taken = result.decision == SamplingDecision::RecordAndSample;
        assert_eq!(taken, header.is_some(), "{state}");
        match header {
            Some(header) => assert_eq!(result.trace_state.header(), header),
            None => assert!(!result.trace_state.header().contains("th:"), "{state}"),
        }
    }
}

struct Clock(Arc<AtomicU64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    fn read(&self) -> impl Fn() -> Duration + Send + Sync + 'static {
        let time = Arc::clone(&self.0);
        move || Duration::from_nanos(time.load(Ordering::Relaxed))
    }

    fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).expect("short"), Ordering::Relaxed);
    }
}

fn count(sampler: &RateLimiting, asked: usize) -> usize {
    (0..asked).filter(|_| samples(sampler, TraceId::from(1))).count()
}

#[test]
fn the_rate_is_kept_and_one_second_s_worth_is_saved() {
    let clock = Clock::new();
    let sampler = RateLimiting::per_second(10.0).clock(clock.read());
    assert_eq!(count(&sampler, 100), 10, "the first second");
    assert_eq!(count(&sampler, 100), 0);
    clock.advance(Duration::from_millis(100));
    assert_eq!(count(&sampler, 100), 1);
    clock.advance(Duration::from_secs(3600));
    assert_eq!(count(&sampler, 100), 10, "one second's worth is saved");
    let all: usize = (0..1_000)
        .map(|_| {
            clock.advance(Duration::from_millis(10));
            count(&sampler, 3)
        })
        .sum();
    assert_eq!(all, 100, "ten seconds' worth");
}

#[test]
fn extreme_rates() {
    let clock = Clock::new();
    let none = |rate| count(&RateLimiting::per_second(rate).clock(clock.read()), 1_000);
    assert_eq!([none(0.0), none(-1.0), none(f64::NAN), none(f64::NEG_INFINITY)], [0; 4]);
    assert_eq!(none(f64::INFINITY), 1_000);
    let seldom = RateLimiting::per_second(0.1).clock(clock.read());
    assert_eq!(count(&seldom, 10), 1);
    clock.advance(Duration::from_millis(9_999));
    assert_eq!(count(&seldom, 10), 0);
    clock.advance(Duration::from_millis(1));
    assert_eq!(count(&seldom, 10), 1);
    let bursts = RateLimiting::per_second(1.0).burst(5.0).clock(clock.read());
    assert_eq!(count(&bursts, 10), 5);
    clock.advance(Duration::from_secs(2));
    assert_eq!(count(&bursts.clone(), 10), 2, "a clone shares the bucket");
}

#[test]
fn threads_together_do_not_exceed_the_rate() {
    let clock = Clock::new();
    let sampler = RateLimiting::per_second(1_000.0).clock(clock.read());
    let taken: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| count(&sampler, 5_000))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(taken, 1_000);
}

#[test]
fn a_rate_limiter_erases_the_threshold() {
    let id = TraceId::from(9);
    let given = parent(id, 3, true, "ot=th:0;rv:00000000000001,v=1");
    let result = ask(&RateLimiting::per_second(1.0), Some(&given), id);
    assert_eq!(result.trace_state.header(), "ot=rv:00000000000001,v=1");
}

fn rules() -> Rules {
    Rules::new()
        .drop(Spans::with("url.path", "/health*"))
        .keep(Spans::with("http.route", "/checkout").and("http.request.method", "POST"))
        .drop(Spans::named("poll *").and_of_kind(SpanKind::Consumer))
        .drop(Spans::having("debug"))
        .drop(Spans::with("numbers", "7"))
        .otherwise(ConsistentProbability::new(0.5))
}

#[test]
fn the_first_matching_rule_decides() {
    // A ratio of 0.5 rejects this trace.
    let id = TraceId::from(7);
    let decide = |name, kind, attributes: &[KeyValue]| {
        let result = rules().should_sample(None, id, name, &kind, attributes, &[]);
        (result.decision == SamplingDecision::RecordAndSample, result.trace_state.header())
    };
    let post = [KeyValue::new("http.route", "/checkout"), KeyValue::new("http.request.method", "POST")];
    assert_eq!(decide("POST /checkout", SpanKind::Server, &post), (true, "ot=th:0".into()));
    assert!(!decide("POST /checkout", SpanKind::Server, &post[..1]).0, "both conditions");
    let dropped = [KeyValue::new("url.path", "/healthz"), post[0].clone(), post[1].clone()];
    assert_eq!(decide("GET", SpanKind::Server, &dropped), (false, String::new()), "the first one");

    // A ratio of 0.5 samples this trace, unless a rule drops it.
    let decide = |name, kind, attributes: &[KeyValue]| {
        let id = TraceId::from(u128::MAX);
        let result = rules().should_sample(None, id, name, &kind, attributes, &[]);
        (result.decision == SamplingDecision::RecordAndSample, result.trace_state.header())
    };
    assert_eq!(decide("poll orders", SpanKind::Internal, &[]), (true, "ot=th:8".into()));
    assert!(!decide("poll orders", SpanKind::Consumer, &[]).0);
    assert!(!decide("x", SpanKind::Internal, &[KeyValue::new("debug", false)]).0);
    assert!(!decide("x", SpanKind::Internal, &[KeyValue::new("numbers", 7)]).0);
    let list = opentelemetry::Value::Array(opentelemetry::Array::I64(vec![1, 7]));
    assert!(!decide("x", SpanKind::Internal, &[KeyValue::new("numbers", list)]).0);
    assert!(decide("x", SpanKind::Internal, &[KeyValue::new("numbers", 77)]).0);
}

/// A sampler that leaves its name in the result.
#[derive(Clone, Debug)]
struct Named(&'static str);

impl_should_sample!(Named);

impl Named {
    fn decide(&self, _span: SpanToSample<'_>) -> SamplingResult {
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: vec![KeyValue::new("by", self.0)],
            trace_state: TraceState::from_key_value([("by", self.0)]).expect("well-formed"),
        }
    }
}

#[test]
fn a_parent_based_sampler_returns_its_delegates_results() {
    let (adjustable, _handle) = adjustable(Named("remote"));
    let sampler = ParentBased::new(Rules::new().otherwise(Named("root")))
        .remote_parent_sampled(adjustable)
        .remote_parent_not_sampled(Named("remote not"))
        .local_parent_sampled(Named("local"))
        .local_parent_not_sampled(Named("local not"));
    let id = TraceId::from(9);
    for (given, by) in [
        (None, "root"),
        (Some(parent(id, 1, true, "v=1")), "remote"),
        (Some(parent(id, 0, true, "v=1")), "remote not"),
        (Some(parent(id, 1, false, "v=1")), "local"),
        (Some(parent(id, 0, false, "v=1")), "local not"),
    ] {
        let result = ask(&sampler, given.as_ref(), id);
        assert_eq!(result.attributes, [KeyValue::new("by", by)]);
        assert_eq!(result.trace_state.get("by"), Some(by));
    }
}

#[test]
fn a_parent_based_sampler_without_delegates_follows_the_parent_and_its_state() {
    let sampler = ParentBased::new(Named("root"));
    let id = TraceId::from(u128::MAX);
    for (flags, state, header) in
        [(1, "ot=th:8,v=1", "ot=th:8,v=1"), (0, "ot=th:8,v=1", "v=1"), (1, "ot=th:zz;p:8,v=1", "ot=p:8,v=1")]
    {
        let result = ask(&sampler, Some(&parent(id, flags, true, state)), id);
        assert_eq!(
            (result.decision == SamplingDecision::RecordAndSample, result.attributes.len()),
            (flags == 1, 0)
        );
        assert_eq!(result.trace_state.header(), header);
    }
}

/// A span's threshold is the largest of all that it has passed, says the
/// [specification](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/).
#[test]
fn a_delegate_under_a_sampled_parent_can_only_raise_the_threshold() {
    let id = TraceId::from(u128::MAX);
    let sampler =
        |ratio| ParentBased::new(Named("root")).remote_parent_sampled(ConsistentProbability::new(ratio));
    for (ratio, state, header) in [
        (1.0, "ot=th:8,v=1", "ot=th:8,v=1"),
        (0.25, "ot=th:8,v=1", "ot=th:c,v=1"),
        (0.25, "v=1", "v=1"),
        (1.0, "ot=th:8;rv:00000000000000", "ot=rv:00000000000000"),
    ] {
        let result = ask(&sampler(ratio), Some(&parent(id, 1, true, state)), id);
        assert_eq!(result.decision, SamplingDecision::RecordAndSample);
        assert_eq!(result.trace_state.header(), header, "{ratio} {state}");
    }
}

/// The result comes from one of the samplers that were set; after `set` has returned, from the last one.
#[test]
fn a_sampler_is_replaced_while_it_is_asked() {
    let (sampler, handle) = adjustable(Named("0"));
    const NAMES: [&str; 4] = ["0", "1", "2", "3"];
    let round = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while round.load(Ordering::Acquire) < 20_000 {
                    let before = round.load(Ordering::SeqCst);
                    let result = ask(&sampler, None, TraceId::from(1));
                    let after = round.load(Ordering::SeqCst);
                    let by = result.attributes[0].value.to_string();
                    // The next sampler may already be set.
                    let possible = before..=after + 1;
                    let is_possible = (possible.end() - possible.start()) >= 3
                        || possible.clone().any(|round| NAMES[(round % 4) as usize] == by);
                    assert!(is_possible, "{by} in {possible:?}");
                }
            });
        }
        for next in 1..=20_000 {
            handle.set(Named(NAMES[(next % 4) as usize]));
            round.store(next, Ordering::SeqCst);
            let by = ask(&sampler, None, TraceId::from(1)).attributes[0].value.to_string();
            assert_eq!(by, NAMES[(next % 4) as usize], "after `set` has returned");
        }
    });
}
