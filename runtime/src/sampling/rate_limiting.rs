//! At most so many traces per second.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SamplingResult;

use crate::sampling::result::{parent_trace_state, sampling_result};
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};
use crate::sampling::threshold::OtState;

/// Samples at most so many traces per second.
///
/// This is a token bucket. Unused traces are saved for later: by default as many as fit in one second, or as
/// [`burst`](Self::burst) sets, and at least one. In any `t` seconds at most `burst + n · t` traces are sampled. It takes no
/// lock. Clones share the bucket.
///
/// Use it for roots: put it under a [`ParentBased`](super::ParentBased), or give it to
/// [`Builder::root_sampler`](crate::Builder::root_sampler). If it is asked for children, too, each counts as a trace.
///
/// How many traces a sampled one stands for is not known, so a sampling threshold in its `tracestate`
/// [is erased](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#general-requirements).
///
/// ```
/// use spanwise::sampling::RateLimiting;
///
/// let builder = spanwise::builder().root_sampler(RateLimiting::per_second(50.0));
/// ```
#[derive(Clone)]
pub struct RateLimiting {
    bucket: Arc<Bucket>,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
}

/// The [generic cell rate algorithm](https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm), in nanoseconds.
#[derive(Debug)]
struct Bucket {
    /// Between two traces. `None`: no trace is sampled.
    interval: Option<u64>,
    /// How far `full_at` may be ahead of the clock.
    max_ahead: u64,
    /// When the bucket will be full again.
    full_at: AtomicU64,
}

impl Bucket {
    fn new(per_second: f64, burst: f64) -> Self {
        const SECOND: f64 = 1e9;
        let interval = (per_second > 0.0).then(|| nanoseconds(SECOND / per_second));
        let burst = if burst.is_nan() { 1.0 } else { burst.max(1.0) };
        let max_ahead = interval.map_or(0, |interval| nanoseconds(interval as f64 * (burst - 1.0)));
        Self { interval, max_ahead, full_at: AtomicU64::new(0) }
    }

    fn take(&self, now: u64) -> bool {
        let Some(interval) = self.interval else { return false };
        let take = |until: u64| {
            let from = until.max(now);
            (from - now <= self.max_ahead).then(|| from.saturating_add(interval))
        };
        self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn nanoseconds(number: f64) -> u64 {
    number.round() as u64
}

impl RateLimiting {
    /// Samples this many traces per second: 0.1 is one every ten seconds. Zero, a negative number and NaN sample none.
    #[must_use]
    pub fn per_second(traces: f64) -> Self {
        let began = Instant::now();
        let clock = Arc::new(move || began.elapsed());
        Self { bucket: Arc::new(Bucket::new(traces, traces)), clock }
    }

    /// Sets how many unused traces are saved, at least 1. They may all be sampled at once. Resets the bucket.
    #[must_use]
    pub fn burst(mut self, traces: f64) -> Self {
        let interval = self.bucket.interval.map_or(f64::INFINITY, |interval| interval as f64);
        self.bucket = Arc::new(Bucket::new(1e9 / interval, traces));
        self
    }

    /// Reads the time from this function instead of the system's monotonic clock. It may count from any moment. It must not
    /// go backwards; if it does, nothing is sampled until it has caught up.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::time::Duration;
    ///
    /// let seconds = Arc::new(AtomicU64::new(0));
    /// let clock = Arc::clone(&seconds);
    /// let sampler = spanwise::sampling::RateLimiting::per_second(10.0)
    ///     .clock(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    /// seconds.store(7, Ordering::Relaxed);
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl fmt::Debug for RateLimiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiting").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

impl_should_sample!(RateLimiting);

impl RateLimiting {
    fn decide(&self, span: SpanToSample<'_>) -> SamplingResult {
        let now = u64::try_from((self.clock)().as_nanos()).unwrap_or(u64::MAX);
        let state = parent_trace_state(span.parent);
        sampling_result(self.bucket.take(now), OtState::of(&state).with_threshold(None))
    }
}
