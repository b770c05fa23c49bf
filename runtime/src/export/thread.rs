//! The exporter's thread: a current-thread Tokio runtime of its own, so that it works from any
//! runtime, from none, and while the application's is going down.

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use opentelemetry::Context;
use tokio::sync::mpsc;

use super::ledger::{Ledger, Report};
use super::local::Local;
use super::output::{Destination, Output};
use super::signals::Signals;
use super::worker::{Batching, Worker};
use crate::engine::clock::Calendar;
use crate::engine::fork::generation;
use crate::engine::queue::span_queue::SpanQueue;
use crate::error::ExportError;
use crate::sampling::KeepOnError;

/// Called with the answer to a flush or a shutdown.
pub(super) type Reply = Box<dyn FnOnce(Result<(), ExportError>) + Send>;

/// What the thread is called.
pub(crate) const NAME: &str = "spanwise-export";

pub(super) enum Command {
    Flush { within: Duration, reply: Reply },
    ShutDown { within: Duration, reply: Reply },
}

/// The handle on the exporter's thread.
#[derive(Clone, Debug)]
pub(crate) struct Exporter {
    commands: mpsc::UnboundedSender<Command>,
    queue: Arc<SpanQueue>,
    ledger: Arc<Ledger>,
    /// In which process the thread is: a fork does not take it along.
    process: u64,
}

impl Exporter {
    /// Starts the thread. What is shown `beside` its destination is not counted.
    pub(crate) fn start(
        queue: Arc<SpanQueue>,
        batching: Batching,
        destination: Destination,
        beside: Vec<Local>,
        on_signal: Option<Duration>,
        keep: Option<KeepOnError>,
    ) -> std::io::Result<Self> {
        let (commands, received) = mpsc::unbounded_channel();
        let ledger = Arc::new(Ledger::default());
        let calendar = Calendar::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Here: whoever is asked to end once this has returned is to end well.
        let mut signals = {
            let _within = runtime.enter();
            Signals::new(on_signal)
        };
        let exporter =
            Self { commands, queue: Arc::clone(&queue), ledger: Arc::clone(&ledger), process: generation() };
        std::thread::Builder::new().name(NAME.to_owned()).spawn(move || {
            // No spans of what exports spans.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            runtime.block_on(async {
                let output = Output::new(destination, batching.most, &ledger);
                let worker = Worker::new(queue, ledger, calendar, batching, (output, beside), received);
                let worker = worker.holding(keep);
                worker.run(&mut signals).await;
                if signals.are_listened_to() {
                    // What remains to be done: nobody else ends the process by a signal.
                    std::process::exit(signals.asked().await);
                }
            });
        })?;
        Ok(exporter)
    }

    pub(crate) fn report(&self) -> Report {
        self.ledger.report(|| self.queue.counts())
    }

    /// Exports what there is and ends the thread, while this one waits: without any runtime, since it may be
    /// inside of one, where Tokio forbids its own way of blocking.
    pub(crate) fn shut_down_blocking(&self, within: Duration) -> Result<(), ExportError> {
        // Where nothing unwinds only a panic's hook comes here so.
        if cfg!(panic = "abort") && std::thread::panicking() {
            self.queue.set_aborting();
        }
        wait(within, |reply| self.shut_down(within, reply))
    }

    /// [Exports](Self::flush) what has ended so far, while this thread waits.
    pub(crate) fn flush_blocking(&self, within: Duration) -> Result<(), ExportError> {
        wait(within, |reply| self.flush(within, reply))
    }

    /// Exports what has ended so far. `reply` is called once, on the exporter's thread, or here where
    /// that is gone.
    pub(crate) fn flush(
        &self,
        within: Duration,
        reply: impl FnOnce(Result<(), ExportError>) + Send + 'static,
    ) {
        self.send(Command::Flush { within, reply: Box::new(reply) });
    }

    /// Exports what there is and ends the thread.
    pub(crate) fn shut_down(
        &self,
        within: Duration,
        reply: impl FnOnce(Result<(), ExportError>) + Send + 'static,
    ) {
        self.send(Command::ShutDown { within, reply: Box::new(reply) });
    }

    fn send(&self, command: Command) {
        if self.process != generation() {
            let (Command::Flush { reply, .. } | Command::ShutDown { reply, .. }) = command;
            return reply(Err(ExportError::ShutDown));
        }
        if let Err(mpsc::error::SendError(Command::Flush { reply, .. } | Command::ShutDown { reply, .. })) =
            self.commands.send(command)
        {
            reply(Err(ExportError::ShutDown));
        }
    }
}

/// Longer than the exporter's own deadline: it answers, and where its thread is dead nobody waits for
/// ever.
pub(super) const GRACE: Duration = Duration::from_secs(1);

fn wait(within: Duration, ask: impl FnOnce(Reply)) -> Result<(), ExportError> {
    let (answered, answer) = std::sync::mpsc::sync_channel(1);
    ask(Box::new(move |result| {
        let _ = answered.send(result);
    }));
    match answer.recv_timeout(within.saturating_add(GRACE)) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(ExportError::TimedOut { kept: 0, within }),
        Err(RecvTimeoutError::Disconnected) => Err(ExportError::ShutDown),
    }
}
