//! Ended spans on their way from the threads that record to the exporter's.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::ledger::{Ledger, Reason};
use crate::diag;
use crate::engine::{Sink, SpanRecord};

/// How much is taken at a time, and how much waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueSettings {
    /// Spans that may wait; what ends beyond is dropped and counted.
    pub(crate) capacity: usize,
    /// Spans in a batch.
    pub(crate) batch: usize,
    /// How long a span waits at most for its batch to fill.
    pub(crate) delay: Duration,
}

/// A bounded queue. Its lock is held for a push or a swap, never while anything is encoded or sent.
#[derive(Debug)]
pub(crate) struct Queue {
    settings: QueueSettings,
    waiting: Mutex<Waiting>,
    filled: Notify,
    ledger: Arc<Ledger>,
}

#[derive(Debug, Default)]
struct Waiting {
    spans: Vec<SpanRecord>,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(settings: QueueSettings) -> Self {
        Self { settings, waiting: Mutex::default(), filled: Notify::new(), ledger: Arc::default() }
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    pub(super) fn settings(&self) -> QueueSettings {
        self.settings
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> Vec<SpanRecord> {
        std::mem::take(&mut self.waiting().spans)
    }

    /// What ends from now on is dropped, and counted as such.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
    }

    /// Resolves when a batch is full.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A span that is not taken is dropped after the lock is released.
    fn put(&self, span: SpanRecord) -> Result<usize, Reason> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(Reason::AfterShutdown);
        }
        if waiting.spans.len() >= self.settings.capacity {
            return Err(Reason::QueueFull);
        }
        waiting.spans.push(span);
        Ok(waiting.spans.len())
    }
}

impl Sink for Queue {
    fn started(&self) {
        self.ledger.created();
    }

    fn ended(&self, span: SpanRecord) {
        self.ledger.ended();
        match self.put(span) {
            // Once for each batch, not for each span.
            Ok(waiting) if waiting % self.settings.batch == 0 => self.filled.notify_one(),
            Ok(_) => {}
            Err(reason) => {
                self.ledger.dropped(1, reason);
                if let Reason::QueueFull = reason {
                    diag::warn_once("queue full", || {
                        format!(
                            "spans end faster than they are exported: beyond {} that wait they are dropped and \
                             counted (OTEL_BSP_MAX_QUEUE_SIZE sets the number; further ones are not told)",
                            self.settings.capacity
                        )
                    });
                }
            }
        }
    }
}
