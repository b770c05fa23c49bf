//! What `init()` returns: the pipeline's owner.

use std::future::Future;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::diag;
use crate::engine::Recorder;
use crate::error::ExportError;
use crate::export::{Exporter, Report};

/// Longer than the exporter's own deadline: it answers, and where its thread is dead nobody waits for
/// ever.
const GRACE: Duration = Duration::from_secs(1);

/// Keeps the pipeline alive; returned by [`init`](crate::init).
///
/// Keep it in `main` and call [`shutdown`](Guard::shutdown) at the end. Dropping it does the same
/// within the same deadline (5 seconds unless set), blocking the thread for as long: the spans of a
/// program that leaves `main` by `?` or by a panic are not lost.
#[must_use = "dropping the guard ends the export: keep it in `main`"]
#[derive(Debug)]
pub struct Guard {
    recorder: Arc<Recorder>,
    exporter: Exporter,
    within: Duration,
    is_shut_down: bool,
    /// A shutdown that was begun and given up has used up some of the time.
    began: Option<Instant>,
}

impl Guard {
    pub(super) fn new(recorder: Arc<Recorder>, exporter: Exporter, within: Duration) -> Self {
        Self { recorder, exporter, within, is_shut_down: false, began: None }
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
        self.begin_shutdown(move |result| {
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
        let result = wait(self.within, |reply| self.begin_shutdown(reply));
        self.end_shutdown(result)
    }

    fn begin_shutdown(&mut self, reply: impl FnOnce(Result<(), ExportError>) + Send + 'static) {
        self.recorder.close();
        let began = *self.began.get_or_insert_with(Instant::now);
        self.exporter.shut_down(self.within.saturating_sub(began.elapsed()), reply);
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
        wait(self.within, |reply| self.exporter.flush(self.within, reply))
    }

    /// Where the spans are now, in numbers.
    #[must_use]
    pub fn report(&self) -> Report {
        self.exporter.report()
    }
}

type Reply = Box<dyn FnOnce(Result<(), ExportError>) + Send>;

/// Blocks without any runtime: a guard may be dropped inside of one, where Tokio forbids it its own
/// way of blocking.
fn wait(within: Duration, ask: impl FnOnce(Reply)) -> Result<(), ExportError> {
    let (answered, answer) = mpsc::sync_channel(1);
    ask(Box::new(move |result| {
        let _ = answered.send(result);
    }));
    match answer.recv_timeout(within.saturating_add(GRACE)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(ExportError::TimedOut { kept: 0, within }),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(ExportError::ShutDown),
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
