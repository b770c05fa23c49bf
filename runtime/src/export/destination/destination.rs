//! The trait of a destination, and how destinations are started.

use std::fmt::Debug;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use opentelemetry::KeyValue;
use tokio::time::Instant;

use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::export::ledger::ledger::Ledger;

/// How long a destination that is closed, and the end of a process, wait for a terminal or a pipe to take what is still unwritten.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_millis(250);

/// A place that spans are exported to.
///
/// It lives on the exporter's thread, inside of its Tokio runtime, and must not block. Each method is called once per chunk,
/// flush or turn of the loop, never once per span. It counts in the [`Ledger`] what becomes of each span that it takes.
///
/// One that is done with the spans as soon as it takes them implements [`take`](Self::take) only, or
/// [`flush`](Self::flush) as well if it batches.
pub(crate) trait Destination {
    /// Takes the spans of a chunk. Returns a reason if spans were lost.
    fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Option<String>;

    /// Exports what was taken, without waiting for a full batch. Returns a reason if spans were lost.
    fn flush(&mut self, _reason: FlushReason) -> Option<String> {
        None
    }

    /// Starts the next request, if it is time for one. Called at each turn of the exporter's loop.
    fn advance(&mut self) {}

    /// The result of the request that is under way; pending if no request is.
    fn poll_progress(&mut self, _context: &mut Context<'_>, _is_shutting_down: bool) -> Poll<SendResult> {
        Poll::Pending
    }

    /// How many batches were made. Batches are numbered from 0.
    fn batches_made(&self) -> u64 {
        0
    }

    /// The number of the oldest batch that is not settled yet: neither delivered nor lost.
    fn batches_settled(&self) -> u64 {
        0
    }

    /// How many requests were started.
    fn attempts(&self) -> u64 {
        0
    }

    /// Ends the pause after a failed request, because a flush waits.
    fn retry_now(&mut self) {}

    /// Why nothing more will be settled soon: what waits was refused just now, while other batches were accepted.
    fn why_only_refused_wait(&self) -> Option<&str> {
        None
    }

    /// Whether taking more spans now would force out others that are about to be sent.
    fn has_backpressure(&self) -> bool {
        false
    }

    /// When [`advance`](Self::advance) has something to do, apart from the end of a request.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// Waits for a moment until what was taken is written, where another thread writes it. The destinations beside the main one are
    /// asked for this before a flush or a shutdown returns.
    fn wait_a_moment(&self) {}

    /// Gives up what is not delivered. Nothing is sent after this.
    fn close(&mut self) {}
}

/// Why spans are exported before their batch is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlushReason {
    /// The schedule delay is over.
    Interval,
    /// A flush was requested.
    Flush,
    Shutdown,
}

/// The result of one request.
#[derive(Debug)]
pub(crate) enum SendResult {
    Delivered,
    /// The batch is sent again at once.
    SentAgain,
    /// Some or all spans of the batch are lost, for this reason.
    Lost(String),
    /// The request failed for this reason; the batch is kept and sent again.
    Failed(String),
}

/// The settings of a destination, from which it is started.
pub(crate) trait DestinationSettings: Debug + Send {
    /// Starts the destination. Called once, on the exporter's thread, inside of its Tokio runtime.
    fn start(self: Box<Self>, context: DestinationContext<'_>) -> Box<dyn Destination>;

    /// Where spans go, as `doctor` shows it: `standard error`, or a path.
    fn place(&self) -> String;

    /// Returns why spans cannot be written there, as far as that shows without writing one.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Whether spans leave the machine. Of several destinations the report counts the first that is remote.
    fn is_remote(&self) -> bool {
        false
    }
}

/// What every destination is started with.
#[derive(Clone, Debug)]
pub(crate) struct DestinationContext<'a> {
    pub(crate) resource: &'a [KeyValue],
    /// The most spans in a batch.
    pub(crate) max_batch_size: usize,
    pub(crate) ledger: Arc<Ledger>,
}
