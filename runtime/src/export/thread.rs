//! The exporter's thread: a current-thread Tokio runtime of its own, so that it works from any
//! runtime, from none, and while the application's is going down.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use tokio::sync::mpsc;

use super::ledger::{Ledger, Report};
use super::worker::{Batching, Destination, Worker};
use crate::engine::{Calendar, Handover};
use crate::error::ExportError;

/// Called with the answer to a flush or a shutdown.
pub(super) type Reply = Box<dyn FnOnce(Result<(), ExportError>) + Send>;

pub(super) enum Command {
    Flush { within: Duration, reply: Reply },
    ShutDown { within: Duration, reply: Reply },
}

/// The handle on the exporter's thread.
#[derive(Clone, Debug)]
pub(crate) struct Exporter {
    commands: mpsc::UnboundedSender<Command>,
    handover: Arc<Handover>,
    ledger: Arc<Ledger>,
}

impl Exporter {
    /// Starts the thread.
    pub(crate) fn start(
        handover: Arc<Handover>,
        batching: Batching,
        destination: Destination,
    ) -> std::io::Result<Self> {
        let (commands, received) = mpsc::unbounded_channel();
        let ledger = Arc::new(Ledger::default());
        let calendar = Calendar::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let exporter = Self { commands, handover: Arc::clone(&handover), ledger: Arc::clone(&ledger) };
        std::thread::Builder::new().name("spanwise-export".to_owned()).spawn(move || {
            // No spans of what exports spans.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            runtime.block_on(async {
                Worker::new(handover, ledger, calendar, batching, destination, received).run().await;
            });
        })?;
        Ok(exporter)
    }

    pub(crate) fn report(&self) -> Report {
        self.ledger.report(|| self.handover.counts())
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
        if let Err(mpsc::error::SendError(Command::Flush { reply, .. } | Command::ShutDown { reply, .. })) =
            self.commands.send(command)
        {
            reply(Err(ExportError::ShutDown));
        }
    }
}
