//! Captures the spans of a test.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::trace::{Sampler, ShouldSample};
use tokio::sync::watch;

use super::Tree;
use crate::engine::context::current;
use crate::engine::provider::handle::Provider;
use crate::engine::queue::record::SpanRecord;
use crate::engine::recorder::output::{SpanOutput, SpanSink};
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::limits::Limits;
use crate::sampling::config::SamplerConfig;
use crate::span::lost_context;
use crate::task::{FutureExt as _, InContext};

/// Captures the spans of the code that runs under it.
///
/// The context carries the capture: tests that run at the same time do not see each other's spans, and no global is set. Tasks keep
/// the context if they are spawned by [`spanwise::spawn`](crate::spawn). Give [`Capture::provider`] to a
/// [`Client`](crate::Client) or a [`ServerLayer`](crate::ServerLayer) that runs elsewhere.
///
/// Panic messages are captured if the process has called [`install_panic_hook`](crate::install_panic_hook).
#[derive(Clone, Debug)]
pub struct Capture {
    captured: Arc<CapturedSpans>,
    provider: Provider,
}

#[derive(Debug)]
struct CapturedSpans {
    spans: Mutex<Vec<SpanRecord>>,
    /// How many spans have started and ended, for [`Capture::ended`].
    counts: watch::Sender<SpanCounts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SpanCounts {
    started: usize,
    ended: usize,
}

impl SpanSink for CapturedSpans {
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
    /// Returns a capture that samples all traces.
    #[must_use]
    pub fn new() -> Self {
        Self::with_sampler(Sampler::AlwaysOn)
    }

    /// Returns a capture with this sampler for root spans. Other spans follow their parent.
    #[must_use]
    pub fn with_sampler(sampler: impl ShouldSample + 'static) -> Self {
        let captured = Arc::new(CapturedSpans {
            spans: Mutex::default(),
            counts: watch::Sender::new(SpanCounts::default()),
        });
        let sink: Arc<dyn SpanSink> = Arc::clone(&captured) as Arc<dyn SpanSink>;
        let sampling = SamplerConfig::parent_based(sampler);
        let recorder = Recorder::new(sampling, Limits::default(), Vec::new(), SpanOutput::Sink(sink));
        Self { captured, provider: Provider::from_recorder(recorder) }
    }

    /// Returns the handle for a `Client` or a `ServerLayer`.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider.clone()
    }

    /// Returns an empty context that carries this capture.
    #[must_use]
    pub fn context(&self) -> Context {
        // A root span under it is intended, and has not lost its context.
        lost_context::mark_carried(self.provider.in_context(&Context::new()))
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

    /// Returns the spans that have ended, in this order.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanRecord> {
        self.captured.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the spans that have ended, as trees.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree::new(self.spans())
    }

    /// Returns how many spans have started and not ended.
    #[must_use]
    pub fn open(&self) -> usize {
        let counts = *self.captured.counts.borrow();
        counts.started - counts.ended
    }

    /// Waits until at least `count` spans have ended and none is open.
    ///
    /// # Panics
    ///
    /// Panics after `timeout`. The message shows the spans that have ended by then.
    pub async fn ended(&self, count: usize, timeout: Duration) {
        let mut counts = self.captured.counts.subscribe();
        let done = counts.wait_for(|counts| counts.ended >= count && counts.started == counts.ended);
        let in_time = matches!(tokio::time::timeout(timeout, done).await, Ok(Ok(_)));
        assert!(
            in_time,
            "expected {count} ended spans and none open after {timeout:?}; {} are open, and these have ended:\n{}",
            self.open(),
            self.tree()
        );
    }
}
