//! What `init` returns: the owner of what it has started.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::metrics::MetricsPipeline;
use super::provider::InstalledProvider;
use crate::diag;
use crate::error::ExportError;
use crate::export::{Exporter, Report};

/// How long a shutdown waits for its messages to be written.
const MESSAGE_GRACE: Duration = Duration::from_millis(250);

/// Keeps recording and export alive. Returned by [`init`](crate::init).
///
/// Keep it in `main` and call [`shutdown`](Guard::shutdown) at the end. Dropping it shuts down as well, so that a program that
/// leaves `main` by `?` or by a panic loses no spans. The drop blocks the thread for at most the
/// [shutdown timeout](crate::Builder::shutdown_timeout), 5 seconds by default, and one more second.
#[must_use = "dropping the guard ends the export: keep it in `main`"]
#[derive(Debug)]
pub struct Guard {
    provider: InstalledProvider,
    exporter: Exporter,
    metrics: Option<MetricsPipeline>,
    timeout: Duration,
    is_shut_down: bool,
    /// When the first shutdown began. One that was dropped before its end has used up some of the time.
    shutdown_start: Option<Instant>,
}

impl Guard {
    pub(super) fn new(
        provider: InstalledProvider,
        exporter: Exporter,
        metrics: Option<MetricsPipeline>,
        timeout: Duration,
    ) -> Self {
        Self { provider, exporter, metrics, timeout, is_shut_down: false, shutdown_start: None }
    }

    /// Stops recording, exports what has ended, and returns what became of all spans.
    ///
    /// It can be awaited on any runtime. If the collector does not accept spans, it retries until the
    /// [shutdown timeout](crate::Builder::shutdown_timeout). Spans that are left then stay in the
    /// [spool](crate::Builder::spool) if there is one, and are lost otherwise; the report counts both.
    ///
    /// # Errors
    ///
    /// [`ExportError::ShutDown`] if the exporter's thread has ended.
    pub async fn shutdown(mut self) -> Result<Report, ExportError> {
        let shutdown = self.start_shutdown();
        let result = on_own_thread(move || shutdown.shut_down()).await;
        self.is_shut_down = true;
        result
    }

    /// [`shutdown`](Guard::shutdown) for code that is not async. Blocks the thread for at most the
    /// [shutdown timeout](crate::Builder::shutdown_timeout) and one more second.
    ///
    /// # Errors
    ///
    /// Those of `shutdown`.
    pub fn shutdown_blocking(mut self) -> Result<Report, ExportError> {
        self.shut_down_blocking()
    }

    fn shut_down_blocking(&mut self) -> Result<Report, ExportError> {
        self.is_shut_down = true;
        self.start_shutdown().shut_down()
    }

    /// What there is to shut down, with the time that is left.
    fn start_shutdown(&mut self) -> RunningPipeline {
        let start = *self.shutdown_start.get_or_insert_with(Instant::now);
        self.pipeline(self.timeout.saturating_sub(start.elapsed()))
    }

    fn pipeline(&self, timeout: Duration) -> RunningPipeline {
        let (provider, exporter) = (self.provider.clone(), self.exporter.clone());
        RunningPipeline { provider, exporter, metrics: self.metrics.clone(), timeout }
    }

    /// Exports everything that has ended so far, and waits until it has arrived. Each batch is sent once; spans that the
    /// collector does not accept are kept and sent again later.
    ///
    /// # Errors
    ///
    /// [`ExportError::NotDelivered`] and [`ExportError::TimedOut`], with the number of spans that are kept;
    /// [`ExportError::Dropped`], with the number of spans that were refused.
    pub fn force_flush(&self) -> impl Future<Output = Result<(), ExportError>> + Send + use<> {
        let pipeline = self.pipeline(self.timeout);
        on_own_thread(move || pipeline.flush())
    }

    /// [`force_flush`](Guard::force_flush) for code that is not async.
    ///
    /// # Errors
    ///
    /// Those of `force_flush`.
    pub fn force_flush_blocking(&self) -> Result<(), ExportError> {
        self.pipeline(self.timeout).flush()
    }

    /// Returns how many spans are where now: waiting, exported, kept, or lost.
    #[must_use]
    pub fn report(&self) -> Report {
        self.exporter.report()
    }
}

/// What a flush and a shutdown work on. Both block, on a thread of their own where the caller must not.
struct RunningPipeline {
    provider: InstalledProvider,
    exporter: Exporter,
    metrics: Option<MetricsPipeline>,
    timeout: Duration,
}

impl RunningPipeline {
    fn flush(&self) -> Result<(), ExportError> {
        if self.exporter.is_inherited() {
            return Err(ExportError::ShutDown);
        }
        let start = Instant::now();
        let metrics = self.metrics.as_ref().map(MetricsPipeline::flush);
        if let InstalledProvider::Sdk(provider) = &self.provider {
            // The application's span processors report their errors themselves.
            let _ = provider.force_flush();
        }
        let flushed = self.exporter.flush_blocking(self.timeout);
        if let Some(metrics) = metrics {
            metrics.wait(self.timeout.saturating_sub(start.elapsed()));
        }
        flushed
    }

    /// Nothing is recorded from now on.
    fn shut_down(&self) -> Result<Report, ExportError> {
        if self.exporter.is_inherited() {
            return Err(ExportError::ShutDown);
        }
        let result = self.stop();
        let report = self.exporter.report();
        match result {
            Err(ExportError::ShutDown) => return Err(ExportError::ShutDown),
            Err(error) => diag::warn(format_args!("at shutdown {error}; {report}")),
            Ok(()) => {}
        }
        diag::flush(MESSAGE_GRACE);
        Ok(report)
    }

    fn stop(&self) -> Result<(), ExportError> {
        let start = Instant::now();
        let metrics = self.metrics.as_ref().map(MetricsPipeline::shut_down);
        match &self.provider {
            InstalledProvider::Recorder(recorder) => recorder.close(),
            InstalledProvider::Sdk(provider) => {
                // The application's span processors report their errors themselves. They get half of the time.
                let _ = provider.shutdown_with_timeout(self.timeout / 2);
            }
        }
        let left = self.timeout.saturating_sub(start.elapsed());
        let ended = self.exporter.shut_down_blocking(left.max(self.timeout / 4));
        if let Some(metrics) = metrics {
            metrics.wait(self.timeout.saturating_sub(start.elapsed()));
        }
        ended
    }
}

/// Runs something that blocks on a thread of its own: the executor that awaits it is not blocked, and a dropped wait does not
/// stop it. If the system can start no thread, it runs here.
fn on_own_thread<T, F>(work: F) -> impl Future<Output = Result<T, ExportError>> + Send + use<T, F>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ExportError> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        let _ = sender.send(work());
    };
    // A thread that cannot start would take the work with it.
    let work = Arc::new(Mutex::new(Some(work)));
    let take = |work: &Mutex<Option<_>>| work.lock().unwrap_or_else(PoisonError::into_inner).take();
    let given = Arc::clone(&work);
    let run = move || take(&given).into_iter().for_each(|work| work());
    if std::thread::Builder::new().name("spanwise-wait".to_owned()).spawn(run).is_err() {
        take(&work).into_iter().for_each(|work| work());
    }
    async move { receiver.await.unwrap_or(Err(ExportError::ShutDown)) }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A fork has copied the guard, but not what it guards.
        if !self.is_shut_down
            && !self.exporter.is_inherited()
            && let Err(error) = self.shut_down_blocking()
        {
            diag::warn(format_args!("at shutdown: {error}"));
        }
    }
}
