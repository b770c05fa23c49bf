//! What the exporter's thread does: it takes what has ended to its destination, and obeys.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::backlog::Backlog;
use super::collector::{Collector, Settled};
use super::console::Console;
use super::custom::{AnyExporter, Custom};
use super::disk::Disk;
use super::encode::Encoder;
use super::ledger::{Ledger, Reason, Stage};
use super::signals::Signals;
use super::teller::Teller;
use super::thread::Command;
use super::transport::{Attempt, OtlpSettings, Transport};
use super::waiter::{Reached, Waiter};
use crate::diag;
use crate::engine::{Calendar, Handover, read};

/// When what has ended is exported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// Spans in a batch.
    pub(crate) most: usize,
    /// How long a span waits at most for its batch to fill.
    pub(crate) delay: Duration,
}

/// The pause between two looks at what was handed over, where there is room for what comes meanwhile.
const BREATH: Duration = Duration::from_millis(1);

/// Where spans are exported to.
#[derive(Debug)]
pub(crate) enum Destination {
    /// A collector.
    Collector(CollectorSettings),
    /// An exporter of the application's.
    Custom { exporter: Box<dyn AnyExporter>, resource: Vec<KeyValue> },
    /// The terminal.
    Console(Console),
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
    pub(crate) spool: Option<(PathBuf, u64)>,
    /// Whether lost spans are written to standard error.
    pub(crate) tells_lost: bool,
}

pub(super) struct Worker {
    handover: Arc<Handover>,
    ledger: Arc<Ledger>,
    calendar: Calendar,
    batching: Batching,
    commands: mpsc::UnboundedReceiver<Command>,
    output: Output,
    waiters: Vec<Waiter>,
    teller: Teller,
    next_look: Instant,
    shutting_down: bool,
    /// The shutdown has been answered: nothing will be settled any more.
    gave_up: bool,
}

/// A destination, set up.
enum Output {
    Collector(Box<Collector>),
    Custom(Custom),
    Console(Console),
    Nothing,
}

impl Output {
    async fn attempted(&mut self) -> Attempt {
        match self {
            Self::Collector(collector) => collector.attempted().await,
            Self::Custom(_) | Self::Console(_) | Self::Nothing => std::future::pending().await,
        }
    }

    fn of(destination: Destination, batching: Batching, ledger: &Arc<Ledger>) -> Self {
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
                match Transport::new(otlp) {
                    Ok(transport) => Self::Collector(Box::new(Collector::new(
                        transport,
                        Encoder::new(&resource, batching.most),
                        Backlog::new(kept_bytes, disk, Arc::clone(ledger), tells_lost),
                    ))),
                    Err(error) => {
                        diag::warn(format_args!(
                            "cannot set up the export to the collector: {error}; spans are shown here"
                        ));
                        Self::Console(Console::new(None))
                    }
                }
            }
            Destination::Custom { exporter, resource } => {
                Self::Custom(Custom::new(exporter, resource, batching.most))
            }
            Destination::Console(console) => Self::Console(console),
            Destination::Nothing => Self::Nothing,
        }
    }
}

impl Worker {
    pub(super) fn new(
        handover: Arc<Handover>,
        ledger: Arc<Ledger>,
        calendar: Calendar,
        batching: Batching,
        destination: Destination,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let output = Output::of(destination, batching, &ledger);
        Self {
            handover,
            ledger,
            calendar,
            batching,
            commands,
            output,
            waiters: Vec::new(),
            teller: Teller::new(),
            next_look: Instant::now() + batching.delay,
            shutting_down: false,
            gave_up: false,
        }
    }

    pub(super) async fn run(mut self, mut signals: Signals) {
        let handover = Arc::clone(&self.handover);
        let breath = if handover.has_room_for_a_breath() { BREATH } else { Duration::ZERO };
        let mut last_look = Instant::now();
        let mut not_before = last_look;
        loop {
            if let Output::Collector(collector) = &mut self.output {
                collector.backlog.look_after();
                collector.start_sending();
            }
            self.teller.tell(&self.ledger.report(|| self.handover.counts()).dropped);
            self.answer_waiters(None);
            if self.shutting_down && self.waiters.is_empty() {
                break;
            }
            let wake_at = self.wake_at();
            let handed_over = async {
                // Not to be woken by each chunk: while this waits, waking it costs the others nothing.
                if not_before > Instant::now() {
                    tokio::time::sleep_until(not_before).await;
                }
                handover.ready().await;
            };
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    // The guard was leaked and then lost: nobody can ask for anything any more.
                    None => self.shutting_down = true,
                },
                status = signals.asked() => self.end_process(signals.within, status).await,
                attempt = self.output.attempted() => self.settle(attempt),
                () = handed_over => {
                    let now = Instant::now();
                    // Only where one look follows the other: a pause that nobody needs would be a wake-up, too.
                    not_before = if now - last_look < breath { now + breath } else { now };
                    last_look = now;
                    self.take(false).await;
                }
                () = tokio::time::sleep_until(wake_at) => {
                    if Instant::now() >= self.next_look {
                        self.take(true).await;
                    }
                }
            }
        }
        self.handover.close();
        self.take(true).await;
        match &mut self.output {
            Output::Collector(collector) => collector.give_up(),
            Output::Custom(custom) => custom.shut_down(SHUTDOWN_OF_CUSTOM),
            Output::Console(_) | Output::Nothing => {}
        }
    }

    /// Someone has asked the process to end: it does, once everything is settled.
    async fn end_process(&mut self, within: Duration, status: i32) {
        let (ledger, handover) = (Arc::clone(&self.ledger), Arc::clone(&self.handover));
        let reply = Box::new(move |result| {
            if let Err(error) = result {
                diag::warn(format_args!("at shutdown {error}; {}", ledger.report(|| handover.counts())));
            }
            std::process::exit(status);
        });
        self.obey(Command::ShutDown { within, reply }).await;
    }

    async fn obey(&mut self, command: Command) {
        let (within, reply, is_shutdown) = match command {
            Command::Flush { within, reply } => (within, reply, false),
            Command::ShutDown { within, reply } => {
                self.shutting_down = true;
                self.handover.close();
                (within, reply, true)
            }
        };
        let lost = self.take(true).await;
        let (mut until, mut after_attempt) = (0, 0);
        match &mut self.output {
            Output::Console(console) => console.show_all(),
            Output::Collector(collector) => {
                collector.hurry(is_shutdown);
                after_attempt = collector.attempts;
                until = collector.backlog.made();
            }
            Output::Custom(_) | Output::Nothing => {}
        }
        let mut waiter = Waiter::new(within, is_shutdown, until, after_attempt, reply);
        if let Some((spans, reason)) = lost {
            waiter.lose(spans, &reason);
        }
        self.waiters.push(waiter);
    }

    /// Takes what has ended to the destination: what was handed over, or `all`. How many spans are lost, and why.
    async fn take(&mut self, all: bool) -> Option<(u64, String)> {
        if all {
            self.next_look = Instant::now() + self.batching.delay;
        }
        self.calendar.keep();
        let mut lost = 0;
        let time_of = |moment| self.calendar.nanoseconds(moment);
        for chunk in self.handover.take(all) {
            let count = chunk.len() as u64;
            match &mut self.output {
                Output::Collector(collector) => {
                    lost += chunk.iter().map(|span| collector.take(span, &self.calendar)).sum::<u64>();
                }
                Output::Custom(custom) => {
                    self.ledger.enter(Stage::Kept, count);
                    chunk.iter().for_each(|span| custom.take(read(span, time_of)));
                }
                Output::Console(console) => {
                    self.ledger.enter(Stage::Kept, count);
                    console.show(chunk.iter().map(|span| read(span, time_of)).collect());
                    self.ledger.delivered(Stage::Kept, count);
                }
                Output::Nothing => self.ledger.discarded(count),
            }
            self.handover.give_back(chunk);
        }
        match &mut self.output {
            Output::Collector(collector) => {
                if all {
                    lost += collector.seal();
                }
                (lost > 0).then(|| (lost, "the memory for an outage is full".to_owned()))
            }
            Output::Custom(custom) => export(custom, &self.ledger, all).await,
            Output::Console(_) | Output::Nothing => None,
        }
    }

    fn settle(&mut self, attempt: Attempt) {
        let Output::Collector(collector) = &mut self.output else { return };
        match collector.settle(attempt, self.shutting_down) {
            Settled::Batch { lost, reason } => {
                if lost > 0 {
                    self.waiters.iter_mut().for_each(|waiter| waiter.lose(lost, &reason));
                }
            }
            Settled::Failed { reason } => {
                let attempt = collector.attempts;
                self.waiters.iter_mut().for_each(|waiter| waiter.fail(&reason));
                self.answer_waiters(Some((attempt, &reason)));
                self.hurry();
            }
        }
    }

    /// Does without the pause for those who have had no attempt of their own.
    fn hurry(&mut self) {
        let Output::Collector(collector) = &mut self.output else { return };
        if self.waiters.iter().any(|waiter| waiter.after_attempt >= collector.attempts) {
            collector.hurry(false);
        }
    }

    fn answer_waiters(&mut self, failed: Option<(u64, &str)>) {
        for waiter in std::mem::take(&mut self.waiters) {
            let settled = match &self.output {
                Output::Collector(collector) => collector.backlog.settled(),
                Output::Custom(_) | Output::Console(_) | Output::Nothing => 0,
            };
            let reached = Reached { settled, failed, kept: self.ledger.waiting(), gave_up: self.gave_up };
            let Some(answer) = waiter.is_told(reached) else {
                self.waiters.push(waiter);
                continue;
            };
            if waiter.is_shutdown {
                // What is left now is lost, and the report that follows says so.
                if let Output::Collector(collector) = &mut self.output {
                    collector.give_up();
                }
                self.gave_up = true;
            }
            waiter.answer(answer);
        }
    }

    fn wake_at(&self) -> Instant {
        let deadlines = self.waiters.iter().map(|waiter| waiter.deadline);
        let sending = match &self.output {
            Output::Collector(collector) => collector.wake_at(),
            Output::Custom(_) | Output::Console(_) | Output::Nothing => None,
        };
        deadlines.chain(sending).fold(self.next_look, Instant::min)
    }
}

/// How long an application's exporter may take to shut down.
const SHUTDOWN_OF_CUSTOM: Duration = Duration::from_secs(5);

/// What was taken in, to an exporter of the application's. What it does not take is lost: whether it tries again is its
/// own affair.
async fn export(custom: &mut Custom, ledger: &Ledger, all: bool) -> Option<(u64, String)> {
    let mut lost = None;
    while let Some((spans, done)) = custom.export(all).await {
        match done {
            Ok(()) => ledger.delivered(Stage::Kept, spans),
            Err(reason) => {
                ledger.gave_up(Stage::Kept, spans, Reason::Rejected);
                diag::warn_once("custom exporter", || {
                    format!(
                        "the exporter given to the builder did not take a batch: {reason} (further ones are not told)"
                    )
                });
                let (before, _) = lost.unwrap_or_default();
                lost = Some((before + spans, reason));
            }
        }
    }
    lost
}
