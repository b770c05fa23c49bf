//! Spans captured in a test.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::trace::{Sampler, ShouldSample};
use tokio::sync::watch;

use super::Tree;
use crate::engine::context::current;
use crate::engine::provider::handle::Telemetry;
use crate::engine::queue::record::SpanRecord;
use crate::engine::recorder::output::{Sink, SpanOutput};
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::limits::Limits;
use crate::sampling::decision::Sampling;
use crate::span::lost_context;
use crate::task::{FutureExt as _, InContext};

/// Captures the spans of what runs under it, and of nothing else.
///
/// The capture is carried in the context: tests that run at the same time do not see each other's
/// spans, and no global is set. What a test spawns keeps the context if it is spawned by
/// [`spanwise::spawn`](crate::spawn); a [`Client`](crate::Client) or a [`ServerLayer`](crate::ServerLayer)
/// that runs elsewhere is given [`Capture::telemetry`].
///
/// A panic's message is there if the process has [`install_panic_hook`](crate::install_panic_hook).
#[derive(Clone, Debug)]
pub struct Capture {
    captured: Arc<Captured>,
    telemetry: Telemetry,
}

#[derive(Debug)]
struct Captured {
    spans: Mutex<Vec<SpanRecord>>,
    /// How many have started and ended, for those who wait.
    counts: watch::Sender<Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    started: usize,
    ended: usize,
}

impl Sink for Captured {
    fn started(&self) {
        self.counts.send_modify(|counts| counts.started += 1);
    }

    fn ended(&self, span: Option<SpanRecord>) {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).extend(span);
        self.counts.send_modify(|counts| counts.ended += 1);
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl Capture {
    /// A capture that samples everything.
    #[must_use]
    pub fn new() -> Self {
        Self::with_sampler(Sampler::AlwaysOn)
    }

    /// A capture with this sampler for what has no parent.
    #[must_use]
    pub fn with_sampler(sampler: impl ShouldSample + 'static) -> Self {
        let captured =
            Arc::new(Captured { spans: Mutex::default(), counts: watch::Sender::new(Counts::default()) });
        let sink: Arc<dyn Sink> = Arc::clone(&captured) as Arc<dyn Sink>;
        let sampling = Sampling::following_the_parent(sampler);
        let recorder = Recorder::new(sampling, Limits::default(), Vec::new(), SpanOutput::Sink(sink));
        Self { captured, telemetry: Telemetry::from_recorder(recorder) }
    }

    /// The handle for a `Client` or a `ServerLayer`.
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.telemetry.clone()
    }

    /// A context that is otherwise empty, and carries this capture.
    #[must_use]
    pub fn context(&self) -> Context {
        // Said by the test: what starts under it as a root has not lost its context.
        lost_context::mark_carried(self.telemetry.within(&Context::new()))
    }

    /// Runs `work` under this capture.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _attached = current::attach(self.context());
        work()
    }

    /// Runs a future under this capture.
    pub fn future<F: Future>(&self, future: F) -> InContext<F> {
        future.with_context(self.context())
    }

    /// The spans that have ended, in the order they did.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanRecord> {
        self.captured.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The spans that have ended, as trees.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree::new(self.spans())
    }

    /// How many spans have started and not ended.
    #[must_use]
    pub fn open(&self) -> usize {
        let counts = *self.captured.counts.borrow();
        counts.started - counts.ended
    }

    /// Waits until at least `count` spans have ended and none is open.
    ///
    /// # Panics
    ///
    /// If that has not come true within `within`, telling what had ended by then.
    pub async fn ended(&self, count: usize, within: Duration) {
        let mut counts = self.captured.counts.subscribe();
        let done = counts.wait_for(|counts| counts.ended >= count && counts.started == counts.ended);
        let in_time = matches!(tokio::time::timeout(within, done).await, Ok(Ok(_)));
        assert!(
            in_time,
            "not {count} spans have ended within {within:?}; {} are open, and these have ended:\n{}",
            self.open(),
            self.tree()
        );
    }
}
