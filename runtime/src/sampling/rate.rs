//! So many traces in a second.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::sampling::decision::{answer, state_of};
use crate::sampling::threshold::OtState;

/// Takes so many traces in a second, and no more.
///
/// A token bucket: what is not used up is saved for later, one second's worth of it unless [`burst`](Self::burst) says
/// otherwise, and one trace at the least. So in any stretch of `t` seconds no more than `burst + n · t` are taken. It takes no
/// lock, and shares its bucket with its clones.
///
/// For roots: put it under a [`ParentBased`](super::ParentBased), or give it to
/// [`Builder::root_sampler`](crate::Builder::root_sampler). Asked for children too, it counts them as traces of their own.
///
/// What a taken trace stands for cannot be told, so a sampling threshold in its `tracestate`
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
    /// Between two traces. None: no trace is taken.
    interval: Option<u64>,
    /// How far ahead of the clock `taken_until` may be.
    ahead: u64,
    /// When the bucket will be full again.
    taken_until: AtomicU64,
}

impl Bucket {
    fn new(per_second: f64, burst: f64) -> Self {
        const SECOND: f64 = 1e9;
        let interval = (per_second > 0.0).then(|| nanoseconds(SECOND / per_second));
        let burst = if burst.is_nan() { 1.0 } else { burst.max(1.0) };
        let ahead = interval.map_or(0, |interval| nanoseconds(interval as f64 * (burst - 1.0)));
        Self { interval, ahead, taken_until: AtomicU64::new(0) }
    }

    fn take(&self, now: u64) -> bool {
        let Some(interval) = self.interval else { return false };
        let take = |until: u64| {
            let from = until.max(now);
            (from - now <= self.ahead).then(|| from.saturating_add(interval))
        };
        self.taken_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn nanoseconds(number: f64) -> u64 {
    number.round() as u64
}

impl RateLimiting {
    /// Takes `traces` in a second: 0.1 is one every ten seconds. None, where that is not more than zero.
    #[must_use]
    pub fn per_second(traces: f64) -> Self {
        let began = Instant::now();
        let clock = Arc::new(move || began.elapsed());
        Self { bucket: Arc::new(Bucket::new(traces, traces)), clock }
    }

    /// Saves up so many traces while there are none, 1 at the least. They may be taken at once. What was taken before this
    /// call is forgotten.
    #[must_use]
    pub fn burst(mut self, traces: f64) -> Self {
        let interval = self.bucket.interval.map_or(f64::INFINITY, |interval| interval as f64);
        self.bucket = Arc::new(Bucket::new(1e9 / interval, traces));
        self
    }

    /// Reads the time by this function instead of the system's monotonic clock, from any moment on. It must not go
    /// backwards; where it does, nothing is taken until it is back.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::time::Duration;
    ///
    /// let seconds = Arc::new(AtomicU64::new(0));
    /// let of_test = Arc::clone(&seconds);
    /// let sampler = spanwise::sampling::RateLimiting::per_second(10.0)
    ///     .clock(move || Duration::from_secs(of_test.load(Ordering::Relaxed)));
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

impl ShouldSample for RateLimiting {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let now = u64::try_from((self.clock)().as_nanos()).unwrap_or(u64::MAX);
        answer(self.bucket.take(now), OtState::of(&state_of(parent)).with_threshold(None))
    }
}
