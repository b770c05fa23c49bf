//! What `init()` returns: the pipeline's owner.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::sync::oneshot;

use super::metrics::Metrics;
use crate::diag;
use crate::engine::recorder::recorder::Recorder;
use crate::error::ExportError;
use crate::export::{Exporter, Report};

/// Who makes the spans.
#[derive(Clone, Debug)]
pub(super) enum Lane {
    /// Our recorder.
    Recorder(Arc<Recorder>),
    /// The SDK, for the sake of its span processors.
    Sdk(SdkTracerProvider),
}

/// Keeps the pipeline alive; returned by [`init`](crate::init).
///
/// Keep it in `main` and call [`shutdown`](Guard::shutdown) at the end. Dropping it does the same
/// within the same deadline (5 seconds unless set), blocking the thread for as long, and a second at the most where
/// nothing comes back in time: the spans of a
/// program that leaves `main` by `?` or by a panic are not lost.
#[must_use = "dropping the guard ends the export: keep it in `main`"]
#[derive(Debug)]
pub struct Guard {
    lane: Lane,
    exporter: Exporter,
    metrics: Option<Metrics>,
    within: Duration,
    is_shut_down: bool,
    /// A shutdown that was begun and given up has used up some of the time.
    began: Option<Instant>,
}

impl Guard {
    pub(super) fn new(lane: Lane, exporter: Exporter, metrics: Option<Metrics>, within: Duration) -> Self {
        Self { lane, exporter, metrics, within, is_shut_down: false, began: None }
    }

    /// Stops recording, exports what has ended, and says what became of all spans.
    ///
    /// Can be awaited on any runtime. While the collector does not take spans it is tried again until
    /// the deadline; what is left then stays on disk, where there is a [spool](crate::Builder::spool), and is
    /// lost otherwise; the report says how many of which.
    ///
    /// # Errors
    ///
    /// [`ExportError::ShutDown`] if the exporter's thread is gone.
    pub async fn shutdown(mut self) -> Result<Report, ExportError> {
        let ends = self.ends();
        let result = elsewhere(move || ends.shut_down()).await;
        self.is_shut_down = true;
        self.end_shutdown(result)
    }

    /// [`shutdown`](Guard::shutdown) for code that is not async. Blocks the thread, for the deadline
    /// and a second at the longest.
    ///
    /// # Errors
    ///
    /// As `shutdown`.
    pub fn shutdown_blocking(mut self) -> Result<Report, ExportError> {
        self.shut_down_blocking()
    }

    fn shut_down_blocking(&mut self) -> Result<Report, ExportError> {
        self.is_shut_down = true;
        let result = self.ends().shut_down();
        self.end_shutdown(result)
    }

    /// What it takes to end it, with what is left of the time.
    fn ends(&mut self) -> Ends {
        let began = *self.began.get_or_insert_with(Instant::now);
        let within = self.within.saturating_sub(began.elapsed());
        self.ends_within(within)
    }

    fn ends_within(&self, within: Duration) -> Ends {
        let (lane, exporter, metrics) = (self.lane.clone(), self.exporter.clone(), self.metrics.clone());
        Ends { lane, exporter, metrics, within }
    }

    fn end_shutdown(&self, result: Result<(), ExportError>) -> Result<Report, ExportError> {
        let report = self.exporter.report();
        match result {
            Err(ExportError::ShutDown) => Err(ExportError::ShutDown),
            result => {
                if let Err(error) = result {
                    diag::warn(format_args!("at shutdown {error}; {report}"));
                }
                Ok(report)
            }
        }
    }

    /// Exports everything that has ended so far, and waits until it has arrived. One attempt is made
    /// for each batch; what a collector does not take then is kept and sent again.
    ///
    /// # Errors
    ///
    /// [`ExportError::NotDelivered`] and [`ExportError::TimedOut`], with the number of spans kept;
    /// [`ExportError::Dropped`], with the number of those that were refused.
    pub fn force_flush(&self) -> impl Future<Output = Result<(), ExportError>> + Send + use<> {
        let ends = self.ends_within(self.within);
        elsewhere(move || ends.flush())
    }

    /// [`force_flush`](Guard::force_flush) for code that is not async.
    ///
    /// # Errors
    ///
    /// As `force_flush`.
    pub fn force_flush_blocking(&self) -> Result<(), ExportError> {
        self.ends_within(self.within).flush()
    }

    /// Where the spans are now, in numbers.
    #[must_use]
    pub fn report(&self) -> Report {
        self.exporter.report()
    }
}

/// What a flush and a shutdown are made of. Waits, and so may have to do it on a thread of its own.
struct Ends {
    lane: Lane,
    exporter: Exporter,
    metrics: Option<Metrics>,
    within: Duration,
}

impl Ends {
    fn flush(&self) -> Result<(), ExportError> {
        let began = Instant::now();
        let metrics = self.metrics.as_ref().map(Metrics::flush);
        if let Lane::Sdk(provider) = &self.lane {
            // What a processor of the application's says of its flush is its own affair.
            let _ = provider.force_flush();
        }
        let flushed = self.exporter.flush_blocking(self.within);
        if let Some(metrics) = metrics {
            metrics.wait(self.within.saturating_sub(began.elapsed()));
        }
        flushed
    }

    /// From now on nothing is recorded.
    fn shut_down(&self) -> Result<(), ExportError> {
        let began = Instant::now();
        let metrics = self.metrics.as_ref().map(Metrics::shut_down);
        match &self.lane {
            Lane::Recorder(recorder) => recorder.close(),
            Lane::Sdk(provider) => {
                // What a processor says of its shutdown is its own affair, and it may have half of the time.
                let _ = provider.shutdown_with_timeout(self.within / 2);
            }
        }
        let left = self.within.saturating_sub(began.elapsed());
        let ended = self.exporter.shut_down_blocking(left.max(self.within / 4));
        if let Some(metrics) = metrics {
            metrics.wait(self.within.saturating_sub(began.elapsed()));
        }
        ended
    }
}

/// Waits for something on a thread of its own: whatever executor this is awaited on goes on meanwhile, and if it never comes,
/// the wait has an end.
fn elsewhere<F>(work: F) -> impl Future<Output = Result<(), ExportError>> + Send + use<F>
where
    F: FnOnce() -> Result<(), ExportError> + Send + 'static,
{
    let (answered, answer) = oneshot::channel();
    let work = move || {
        let _ = answered.send(work());
    };
    // Without a thread the answer is that there is none.
    let _ = std::thread::Builder::new().name("spanwise-wait".to_owned()).spawn(work);
    async move { answer.await.unwrap_or(Err(ExportError::ShutDown)) }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.is_shut_down
            && let Err(error) = self.shut_down_blocking()
        {
            diag::warn(format_args!("at shutdown: {error}"));
        }
    }
}
