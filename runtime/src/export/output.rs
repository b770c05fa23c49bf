//! A destination, set up: where what has ended is taken, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use tokio::time::Instant;

use super::backlog::Backlog;
use super::collector::Collector;
use super::custom::{AnyExporter, Custom};
use super::disk::Disk;
use super::encode::Encoder;
use super::ledger::{Ledger, Reason, Stage};
use super::local::{Local, Outcome};
use super::transport::{Attempt, OtlpSettings, Transport};
use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::record::read;

/// Where spans are exported to.
#[derive(Debug)]
pub(crate) enum Destination {
    /// A collector.
    Collector(CollectorSettings),
    /// An exporter of the application's.
    Custom { exporter: Box<dyn AnyExporter>, resource: Vec<KeyValue>, within: Duration },
    /// The terminal, a file.
    Local(Local),
    /// Nowhere.
    Nothing,
}

/// How spans get to a collector, and what becomes of them while it is away.
#[derive(Debug)]
pub(crate) struct CollectorSettings {
    pub(crate) otlp: OtlpSettings,
    pub(crate) resource: Vec<KeyValue>,
    /// How many bytes are kept in memory.
    pub(crate) kept_bytes: usize,
    /// Where they are kept on disk, and how many.
    pub(crate) spool: Option<(std::path::PathBuf, u64)>,
    /// Whether lost spans are written to standard error.
    pub(crate) tells_lost: bool,
}

pub(super) enum Output {
    Collector(Box<Collector>),
    Custom(Custom),
    Local(Local, Arc<Ledger>),
    Nothing(Arc<Ledger>),
}

/// What has come to its end.
#[derive(Debug)]
pub(super) enum Done {
    /// A request to a collector.
    Attempt(Attempt),
    /// What an exporter of the application's was given.
    Job(Result<(), String>),
}

/// Why what was taken is brought on its way, full batch or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// It has waited for long enough.
    Age,
    Flush,
    Shutdown,
}

/// Why spans are lost, where someone waits for them.
pub(super) const NO_ROOM: &str = "the room for an outage is full";

impl Output {
    /// Must be called within the exporter's runtime.
    pub(super) fn new(destination: Destination, most: usize, ledger: &Arc<Ledger>) -> Self {
        match destination {
            Destination::Collector(settings) => {
                let CollectorSettings { otlp, resource, kept_bytes, spool, tells_lost } = settings;
                let disk = spool.and_then(|(directory, bound)| {
                    let disk = Disk::open(&directory, bound, Arc::clone(ledger));
                    disk.inspect_err(|error| {
                        diag::warn(format_args!("{error}; spans are kept in memory alone"));
                    })
                    .ok()
                });
                Self::Collector(Box::new(Collector::new(
                    Transport::new(otlp),
                    Encoder::new(&resource, most),
                    Backlog::new(kept_bytes, disk, Arc::clone(ledger), tells_lost),
                )))
            }
            Destination::Custom { exporter, resource, within } => {
                Self::Custom(Custom::start(exporter, resource, most, within, Arc::clone(ledger)))
            }
            Destination::Local(local) => Self::Local(local, Arc::clone(ledger)),
            Destination::Nothing => Self::Nothing(Arc::clone(ledger)),
        }
    }

    /// Takes what has ended in. Why spans are lost, if they are.
    pub(super) fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Option<String> {
        match self {
            Self::Collector(collector) => chunk.iter().for_each(|span| collector.take(span, calendar)),
            Self::Custom(custom) => {
                let records = chunk.iter().map(|span| read(span, |moment| calendar.nanoseconds(moment)));
                records.for_each(|span| custom.take(span));
            }
            Self::Local(local, ledger) => return count(ledger, local.take(chunk, calendar)),
            Self::Nothing(ledger) => ledger.discarded(chunk.len() as u64),
        }
        None
    }

    /// What was taken is on its way from now on. Why spans are lost, if they are.
    pub(super) fn seal(&mut self, why: Seal) -> Option<String> {
        match self {
            Self::Collector(collector) => {
                collector.seal();
                if why != Seal::Age {
                    collector.hurry(why == Seal::Shutdown);
                }
            }
            Self::Custom(custom) => custom.seal(why),
            Self::Local(local, ledger) => return count(ledger, local.seal(why)),
            Self::Nothing(_) => {}
        }
        None
    }

    /// Starts what can be started.
    pub(super) fn go_on(&mut self) {
        match self {
            Self::Collector(collector) => collector.go_on(),
            Self::Custom(custom) => custom.go_on(),
            Self::Local(..) | Self::Nothing(_) => {}
        }
    }

    /// The end of what is under way; never, where nothing is.
    pub(super) async fn done(&mut self) -> Done {
        match self {
            Self::Collector(collector) => Done::Attempt(collector.attempted().await),
            Self::Custom(custom) => Done::Job(custom.done().await),
            Self::Local(..) | Self::Nothing(_) => std::future::pending().await,
        }
    }

    /// Something has come to its end. Why spans are lost or not delivered, if they are.
    pub(super) fn settle(&mut self, done: Done, shutting_down: bool) -> Settled {
        match (self, done) {
            (Self::Collector(collector), Done::Attempt(attempt)) => collector.settle(attempt, shutting_down),
            (Self::Custom(custom), Done::Job(result)) => custom.settle(result),
            _ => Settled::Well,
        }
    }

    /// How many batches have been made.
    pub(super) fn made(&self) -> u64 {
        match self {
            Self::Collector(collector) => collector.backlog.made(),
            Self::Custom(custom) => custom.made(),
            Self::Local(..) | Self::Nothing(_) => 0,
        }
    }

    /// All batches before this number are settled.
    pub(super) fn settled(&self) -> u64 {
        match self {
            Self::Collector(collector) => collector.backlog.settled(),
            Self::Custom(custom) => custom.settled(),
            Self::Local(..) | Self::Nothing(_) => 0,
        }
    }

    /// How many attempts have begun.
    pub(super) fn attempts(&self) -> u64 {
        match self {
            Self::Collector(collector) => collector.attempts,
            Self::Custom(_) | Self::Local(..) | Self::Nothing(_) => 0,
        }
    }

    /// Does without the pause, where someone has had no attempt of their own.
    pub(super) fn hurry(&mut self) {
        if let Self::Collector(collector) = self {
            collector.hurry(false);
        }
    }

    /// Whether what is taken now would only take the room of what is being sent.
    pub(super) fn is_crowded(&self) -> bool {
        matches!(self, Self::Collector(collector) if collector.is_crowded())
    }

    /// When there is something to do besides waiting.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        match self {
            Self::Collector(collector) => collector.wake_at(),
            Self::Custom(_) | Self::Local(..) | Self::Nothing(_) => None,
        }
    }

    /// Nothing more will be sent.
    pub(super) fn close(&mut self) {
        match self {
            Self::Collector(collector) => collector.close(),
            Self::Custom(custom) => custom.close(),
            Self::Local(..) | Self::Nothing(_) => {}
        }
    }
}

/// Counts what was shown here. Why spans are lost, if they are.
fn count(ledger: &Ledger, outcome: Outcome) -> Option<String> {
    let (lost, why) = outcome.lost.unzip();
    let lost = lost.unwrap_or_default();
    ledger.enter(Stage::Kept, outcome.delivered + lost);
    ledger.delivered(Stage::Kept, outcome.delivered);
    ledger.gave_up(Stage::Kept, lost, Reason::Unwritten);
    why
}

/// What has come of a batch.
#[derive(Debug)]
pub(super) enum Settled {
    Well,
    /// Spans of it are lost.
    Lost(String),
    /// It is sent again.
    Failed(String),
}
