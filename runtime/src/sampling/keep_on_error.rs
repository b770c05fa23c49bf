//! Which unsampled traces are kept after all: those that failed or were slow.

use std::time::Duration;

/// Keeps traces that were not sampled, if something in them failed or took long.
///
/// Given to [`Builder::keep_on_error`](crate::Builder::keep_on_error). Spans that the sampler rejects are recorded all the
/// same, and buffered in memory until the *local root* has ended: the span that their trace began with in this process. If
/// one of them failed (its status is an error), or the local root was [slow](Self::slower_than), all of the trace's spans
/// in this process are exported. The attribute `spanwise.kept` of the local root says why: `error` or `slow`. All others are
/// discarded and counted ([`Report::discarded`](crate::setup::Report::discarded)). Sampled traces are exported as without this.
/// What a [rule](super::Rules::drop) drops is not buffered.
///
/// The decision is made once every thread's spans have been collected after the local root's end: within two
/// `OTEL_BSP_SCHEDULE_DELAY`s, or at a flush.
///
/// # Limits
///
/// - **Other services have decided already.** They saw a trace that is not sampled. Their spans are missing, unless they keep
///   on error as well and something failed there, too. The parent of a kept local root may be missing.
/// - **Spans that end after the local root** (of a background task) are exported if the trace was kept. Otherwise they are
///   buffered on their own, and kept if one of them fails within [`timeout`](Self::timeout).
/// - **Memory is bounded** ([`max_bytes`](Self::max_bytes)). Over the limit, traces are decided before they have ended, by what is
///   known of them. The oldest trace without a failed span is discarded first; if all have one, the oldest is kept. Spans
///   that arrive later are decided on their own. The same happens to a trace of too many spans, and to one that takes longer
///   than `timeout`. What is discarded this way is counted
///   ([`Report::discarded_early`](crate::setup::Report::discarded_early)).
/// - **A trace that takes longer than [`timeout`](Self::timeout) is not kept whole** for being slow: by then its first spans
///   are gone. With a `slower_than` that is not below `timeout` no slow trace is kept whole; a warning says so at startup.
/// - **Spans that are not recorded keep nothing**: those over
///   [`Builder::max_spans_per_trace`](crate::Builder::max_spans_per_trace), and those that a rule drops.
/// - **Spans that a [hook](crate::hook::SpanHook) drops** are not exported, but their errors count. If the local root is dropped,
///   no span says why the trace was kept.
/// - **A panic that ends the process** (`panic = "abort"`) leaves spans open. With
///   [`Builder::flush_on_abort`](crate::Builder::flush_on_abort) everything in the buffer is kept then, with
///   `spanwise.kept` = `panic` on local roots that have ended. Without it the buffer is lost.
/// - **It costs as much as recording everything**, except for the export. A child of a parent that is not sampled is no
///   longer nearly free.
/// - **Kept traces are a biased sample.** They have no sampling threshold; do not count with them.
/// - **It is ignored with a [span processor](crate::Builder::span_processor)**, with a warning at startup.
///
/// ```
/// use std::time::Duration;
///
/// use spanwise::sampling::{ConsistentProbability, KeepOnError};
///
/// let builder = spanwise::builder()
///     .root_sampler(ConsistentProbability::new(0.01))
///     .keep_on_error(KeepOnError::new().slower_than(Duration::from_millis(500)));
/// ```
#[derive(Clone, Debug)]
pub struct KeepOnError {
    pub(crate) slower_than: Option<Duration>,
    pub(crate) max_bytes: usize,
    pub(crate) max_spans_per_trace: usize,
    pub(crate) timeout: Duration,
}

impl Default for KeepOnError {
    fn default() -> Self {
        Self::new()
    }
}

impl KeepOnError {
    /// Keeps traces with a failed span, within 32 MiB, 10,000 spans per trace, and 60 seconds.
    #[must_use]
    pub fn new() -> Self {
        Self {
            slower_than: None,
            max_bytes: 32 << 20,
            max_spans_per_trace: 10_000,
            timeout: Duration::from_secs(60),
        }
    }

    /// Also keeps traces whose local root took longer than this. It must be below [`timeout`](Self::timeout).
    #[must_use]
    pub fn slower_than(mut self, time: Duration) -> Self {
        self.slower_than = Some(time);
        self
    }

    /// Sets how many bytes of memory the buffered spans may take. The default is 32 MiB.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many spans of one trace are buffered, at least 1. The default is 10,000.
    #[must_use]
    pub fn max_spans_per_trace(mut self, spans: usize) -> Self {
        self.max_spans_per_trace = spans.max(1);
        self
    }

    /// Sets how long spans are buffered at most, since a local root may never end. The default is 60 seconds.
    ///
    /// Spans that arrive within this time after their trace was kept are exported, too.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }
}
