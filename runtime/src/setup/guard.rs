//! What `init()` returns: the pipeline's owner.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::sync::oneshot;

use crate::diag;
use crate::engine::Recorder;
use crate::error::ExportError;
use crate::export::{Exporter, Report};

/// Who makes the spans.
#[derive(Debug)]
pub(super) enum Lane {
    /// Our recorder.
    Recorder(Arc<Recorder>),
    /// The SDK, for the sake of its span processors.
    Sdk(SdkTracerProvider),
}

/// Keeps the pipeline alive; returned by [`init`](crate::init).
///
/// Keep it in `main` and call [`shutdown`](Guard::shutdown) at the end. Dropping it does the same
/// within the same deadline (5 seconds unless set), blocking the thread for as long: the spans of a
/// program that leaves `main` by `?` or by a panic are not lost.
#[must_use = "dropping the guard ends the export: keep it in `main`"]
#[derive(Debug)]
pub struct Guard {
    lane: Lane,
    exporter: Exporter,
    within: Duration,
    is_shut_down: bool,
    /// A shutdown that was begun and given up has used up some of the time.
    began: Option<Instant>,
}

impl Guard {
    pub(super) fn new(lane: Lane, exporter: Exporter, within: Duration) -> Self {
        Self { lane, exporter, within, is_shut_down: false, began: None }
    }

    /// Stops recording, exports what has ended, and says what became of all spans.
    ///
    /// Can be awaited on any runtime. While the collector does not take spans it is tried again until
    /// the deadline; what is left then is lost, and counted in the report.
    ///
    /// # Errors
    ///
    /// [`ExportError::ShutDown`] if the exporter's thread is gone.
    pub async fn shutdown(mut self) -> Result<Report, ExportError> {
        let (answered, answer) = oneshot::channel();
        let within = self.stop_recording();
        self.exporter.shut_down(within, move |result| {
            let _ = answered.send(result);
        });
        let result = answer.await.unwrap_or(Err(ExportError::ShutDown));
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
        let within = self.stop_recording();
        let result = self.exporter.shut_down_blocking(within);
        self.end_shutdown(result)
    }

    /// From now on nothing is recorded. How much of the time is left.
    fn stop_recording(&mut self) -> Duration {
        let began = *self.began.get_or_insert_with(Instant::now);
        match &self.lane {
            Lane::Recorder(recorder) => recorder.close(),
            Lane::Sdk(provider) => {
                // What a processor of the application's says of its shutdown is its own affair.
                let _ = provider.shutdown_with_timeout(self.within);
            }
        }
        self.within.saturating_sub(began.elapsed())
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

    /// Exports everything that has ended so far, and waits until it has arrived. One attempt is made;
    /// what a collector does not take then is kept and sent again.
    ///
    /// # Errors
    ///
    /// [`ExportError::NotDelivered`] and [`ExportError::TimedOut`], with the number of spans kept;
    /// [`ExportError::Dropped`], with the number of those that were refused.
    pub fn force_flush(&self) -> impl Future<Output = Result<(), ExportError>> + Send + use<> {
        self.flush_processors();
        let (answered, answer) = oneshot::channel();
        self.exporter.flush(self.within, move |result| {
            let _ = answered.send(result);
        });
        async move { answer.await.unwrap_or(Err(ExportError::ShutDown)) }
    }

    /// [`force_flush`](Guard::force_flush) for code that is not async.
    ///
    /// # Errors
    ///
    /// As `force_flush`.
    pub fn force_flush_blocking(&self) -> Result<(), ExportError> {
        self.flush_processors();
        self.exporter.flush_blocking(self.within)
    }

    fn flush_processors(&self) {
        if let Lane::Sdk(provider) = &self.lane {
            // What a processor of the application's says of its flush is its own affair.
            let _ = provider.force_flush();
        }
    }

    /// Where the spans are now, in numbers.
    #[must_use]
    pub fn report(&self) -> Report {
        self.exporter.report()
    }
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
