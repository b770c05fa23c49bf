//! The exporter's thread. It has a current-thread Tokio runtime of its own: so it works with any runtime of the application's,
//! without one, and while that one shuts down.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use opentelemetry::Context;
use tokio::sync::mpsc;

use crate::engine::clock::Calendar;
use crate::engine::fork::generation;
use crate::engine::queue::span_queue::SpanQueue;
use crate::error::ExportError;
use crate::export::destination::destination::DestinationContext;
use crate::export::destination::destinations::Destinations;
use crate::export::ledger::ledger::Ledger;
use crate::export::ledger::report::Report;
use crate::export::worker::command::{Command, REPLY_GRACE, Reply};
use crate::export::worker::signals::Signals;
use crate::export::worker::worker::{Batching, Worker};
use crate::sampling::KeepOnError;

/// The name of the thread.
pub(crate) const THREAD_NAME: &str = "spanwise-export";

/// The handle on the exporter's thread.
#[derive(Clone, Debug)]
pub(crate) struct Exporter {
    commands: mpsc::UnboundedSender<Command>,
    queue: Arc<SpanQueue>,
    ledger: Arc<Ledger>,
    /// The process that the thread is in. A forked child has no such thread.
    process: u64,
}

impl Exporter {
    /// Starts the thread. With `signal_timeout`, `SIGTERM` and `SIGINT` shut it down within that time and end the process.
    pub(crate) fn start(
        queue: Arc<SpanQueue>,
        batching: Batching,
        destinations: Destinations,
        signal_timeout: Option<Duration>,
        keep: Option<KeepOnError>,
    ) -> std::io::Result<Self> {
        queue.close_in_child();
        let (commands, received) = mpsc::unbounded_channel();
        let ledger = Arc::new(Ledger::default());
        let calendar = Calendar::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Listening starts before this returns, so that no signal is missed after it.
        let mut signals = {
            let _runtime = runtime.enter();
            Signals::new(signal_timeout)
        };
        let exporter =
            Self { commands, queue: Arc::clone(&queue), ledger: Arc::clone(&ledger), process: generation() };
        std::thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(move || {
            // The exporter's own work is not recorded.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            runtime.block_on(async {
                let Destinations { resource, main, beside } = destinations;
                let context = |ledger| DestinationContext {
                    resource: &resource,
                    max_batch_size: batching.max_batch_size,
                    ledger,
                };
                let main = main.start(context(Arc::clone(&ledger)));
                // Each counts in a ledger that nobody reads.
                let beside =
                    beside.into_iter().map(|settings| settings.start(context(Arc::default()))).collect();
                let worker = Worker::new(queue, ledger, calendar, batching, (main, beside), received);
                let worker = worker.keep_on_error(keep);
                worker.run(&mut signals).await;
                if signals.are_handled() {
                    // From now on nothing else ends the process on a signal.
                    std::process::exit(signals.next_exit_status().await);
                }
            });
        })?;
        Ok(exporter)
    }

    /// Whether it was copied by a fork. Then it has no thread.
    pub(crate) fn is_inherited(&self) -> bool {
        self.process != generation()
    }

    /// What became of the spans of this process.
    pub(crate) fn report(&self) -> Report {
        // The counts in an inherited ledger are its parent's.
        let own = Ledger::default();
        let ledger = if self.is_inherited() { &own } else { &*self.ledger };
        ledger.report(|| self.queue.counts())
    }

    /// Exports what has ended, ends the thread, and blocks until then. It can be called inside of any runtime, since it does not
    /// use Tokio's way of blocking.
    pub(crate) fn shut_down_blocking(&self, timeout: Duration) -> Result<(), ExportError> {
        // Where panics abort, only the panic hook calls this while panicking.
        if cfg!(panic = "abort") && std::thread::panicking() {
            self.queue.set_aborting();
        }
        wait(timeout, |reply| self.send(Command::ShutDown { timeout, reply }))
    }

    /// Exports what has ended so far, and blocks until then.
    pub(crate) fn flush_blocking(&self, timeout: Duration) -> Result<(), ExportError> {
        wait(timeout, |reply| self.send(Command::Flush { timeout, reply }))
    }

    /// The reply is called on the exporter's thread, or here if that is gone.
    fn send(&self, command: Command) {
        if self.is_inherited() {
            command.refuse();
        } else if let Err(mpsc::error::SendError(command)) = self.commands.send(command) {
            command.refuse();
        }
    }
}

fn wait(timeout: Duration, ask: impl FnOnce(Reply)) -> Result<(), ExportError> {
    let (reply, replied) = sync_channel(1);
    ask(Box::new(move |result| {
        let _ = reply.send(result);
    }));
    match replied.recv_timeout(timeout.saturating_add(REPLY_GRACE)) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(ExportError::TimedOut { kept: 0, timeout }),
        Err(RecvTimeoutError::Disconnected) => Err(ExportError::ShutDown),
    }
}
