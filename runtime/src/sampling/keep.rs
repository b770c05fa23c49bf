//! What is kept of the traces that the sampler did not take.

use std::time::Duration;

/// Keeps what was not sampled all the same, where something has gone wrong or taken long.
///
/// Given to [`Builder::keep_on_error`](crate::Builder::keep_on_error). Spans that the sampler says no to are recorded, and held
/// back in memory until the span that their trace began with here, its *local root*, has ended. If one of them has failed (its
/// status is an error), or the local root was [slow](Self::slower_than), all of the trace's spans in this process are exported, and
/// the local root says why in `spanwise.kept`: `error` or `slow`. The others are discarded, and counted
/// ([`Report::discarded`](crate::Report::discarded)). What the sampler takes is exported as without this, and what a
/// [rule](super::Rules::drop) drops is not held.
///
/// It is decided when all threads have been looked at once more after the local root's end: within two
/// `OTEL_BSP_SCHEDULE_DELAY`s, or at a flush.
///
/// # What it cannot do
///
/// - **Other services have decided already.** They were told that the trace is not sampled, and their spans are missing, unless they
///   keep on error as well, and something has failed there too. A kept local root may hang on a parent that nobody has.
/// - **What ends after the local root** and was started by it (a background task) is kept if the trace was kept; else it is held on its own, and
///   kept if something of it fails within [`within`](Self::within).
/// - **Memory has a bound** ([`bytes`](Self::bytes)). Beyond it traces are decided before they have ended, by what is
///   known of them, and what follows on its own: the oldest without a failed span first, which is discarded; where all have one, the oldest is kept. The same holds for a
///   trace of too many spans, and for one that takes longer than `within`. What is discarded so is counted
///   ([`Report::discarded_early`](crate::Report::discarded_early)).
/// - **A trace that takes longer than [`within`](Self::within) is not kept whole** for being slow: by then the first of its spans
///   are given up. A `slower_than` that is not below `within` never keeps a whole trace, which is told once.
/// - **What is not recorded is not seen**: a span that fails beyond [`Builder::max_spans_per_trace`](crate::Builder::max_spans_per_trace), or
///   that a rule drops, keeps nothing.
/// - **What a [hook](crate::SpanHook) drops** is not exported, but decides as the others do: where it is the local root nobody says why
///   its trace was kept.
/// - **A panic that ends the process** (`panic = "abort"`) leaves open what it was in. With
///   [`Builder::flush_on_abort`](crate::Builder::flush_on_abort) all that is held then is kept, of whichever trace it is (`spanwise.kept` is `panic` on a
///   local root that did end); without, it is lost.
/// - **It costs what recording everything costs**, but for the export. A child of a parent that is not sampled is no longer nearly free.
/// - What is kept so is no fair sample: it has no sampling threshold, and counts made from it are biased.
/// - With a [span processor](crate::Builder::span_processor) it is not heeded, which is told once.
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
    pub(crate) bytes: usize,
    pub(crate) spans_per_trace: usize,
    pub(crate) within: Duration,
}

impl Default for KeepOnError {
    fn default() -> Self {
        Self::new()
    }
}

impl KeepOnError {
    /// Keeps what has failed, however long it took, within 32 MiB, 10,000 spans of a trace, and 60 seconds.
    #[must_use]
    pub fn new() -> Self {
        Self { slower_than: None, bytes: 32 << 20, spans_per_trace: 10_000, within: Duration::from_secs(60) }
    }

    /// Keeps traces whose local root took longer than this, too. It has to be below [`within`](Self::within).
    #[must_use]
    pub fn slower_than(mut self, time: Duration) -> Self {
        self.slower_than = Some(time);
        self
    }

    /// How many bytes of memory the spans that are held may take. 32 MiB unless set.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How many spans of one trace are held, 1 at the least. 10,000 unless set.
    #[must_use]
    pub fn spans_per_trace(mut self, spans: usize) -> Self {
        self.spans_per_trace = spans.max(1);
        self
    }

    /// How long spans are held at the most: a local root may never end. 60 seconds unless set.
    ///
    /// For as long it is remembered that a trace was kept, for what follows of it.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }
}
