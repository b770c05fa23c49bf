//! What the exporter's thread does: it takes what has ended to its destination, and obeys.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::backlog::Backlog;
use super::collector::{Collector, Settled};
use super::console::Console;
use super::encode::Encoder;
use super::ledger::Ledger;
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

/// Where spans are exported to.
#[derive(Debug)]
pub(crate) enum Destination {
    /// A collector, and how many bytes are kept while it is away.
    Collector { settings: OtlpSettings, resource: Vec<KeyValue>, bound: usize },
    /// The terminal.
    Console(Console),
    /// Nowhere.
    Nothing,
}

pub(super) struct Worker {
    handover: Arc<Handover>,
    ledger: Arc<Ledger>,
    calendar: Calendar,
    batching: Batching,
    commands: mpsc::UnboundedReceiver<Command>,
    output: Output,
    waiters: Vec<Waiter>,
    /// How many batches have been made, and settled: taken, rejected or given up.
    made: u64,
    settled: u64,
    next_look: Instant,
    shutting_down: bool,
    /// The shutdown has been answered: nothing will be settled any more.
    gave_up: bool,
}

/// A destination, set up.
enum Output {
    Collector(Box<Collector>),
    Console(Console),
    Nothing,
}

impl Output {
    async fn attempted(&mut self) -> Attempt {
        match self {
            Self::Collector(collector) => collector.attempted().await,
            Self::Console(_) | Self::Nothing => std::future::pending().await,
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
        let output = match destination {
            Destination::Collector { settings, resource, bound } => match Transport::new(settings) {
                Ok(transport) => Output::Collector(Box::new(Collector::new(
                    transport,
                    Encoder::new(&resource, batching.most),
                    Backlog::new(bound, Arc::clone(&ledger)),
                ))),
                Err(error) => {
                    diag::warn(format_args!(
                        "cannot set up the export to the collector: {error}; spans are shown here"
                    ));
                    Output::Console(Console::new(None))
                }
            },
            Destination::Console(console) => Output::Console(console),
            Destination::Nothing => Output::Nothing,
        };
        Self {
            handover,
            ledger,
            calendar,
            batching,
            commands,
            output,
            waiters: Vec::new(),
            made: 0,
            settled: 0,
            next_look: Instant::now() + batching.delay,
            shutting_down: false,
            gave_up: false,
        }
    }

    pub(super) async fn run(mut self) {
        let handover = Arc::clone(&self.handover);
        loop {
            if let Output::Collector(collector) = &mut self.output {
                collector.start_sending();
            }
            self.answer_waiters(None);
            if self.shutting_down && self.waiters.is_empty() {
                break;
            }
            let wake_at = self.wake_at();
            let handed_over = std::future::poll_fn(|task| match handover.is_ready(task.waker()) {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            });
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    // The guard was leaked and then lost: nobody can ask for anything any more.
                    None => self.shutting_down = true,
                },
                attempt = self.output.attempted() => self.settle(attempt),
                () = handed_over => { self.take(false); }
                () = tokio::time::sleep_until(wake_at) => {
                    if Instant::now() >= self.next_look {
                        self.take(true);
                    }
                }
            }
        }
        self.handover.close();
        self.take(true);
        if let Output::Collector(collector) = &mut self.output {
            collector.give_up();
        }
    }

    fn obey(&mut self, command: Command) {
        let (within, reply, is_shutdown) = match command {
            Command::Flush { within, reply } => (within, reply, false),
            Command::ShutDown { within, reply } => {
                self.shutting_down = true;
                self.handover.close();
                (within, reply, true)
            }
        };
        let unkept = self.take(true);
        let mut after_attempt = 0;
        match &mut self.output {
            Output::Console(console) => console.show_all(),
            Output::Collector(collector) => {
                collector.hurry();
                after_attempt = collector.attempts;
            }
            Output::Nothing => {}
        }
        let mut waiter = Waiter::new(within, is_shutdown, self.made, after_attempt, reply);
        if unkept > 0 {
            waiter.lose(unkept, "the memory for an outage is full");
        }
        self.waiters.push(waiter);
    }

    /// Takes what has ended to the destination: what was handed over, or `all`. How many spans there was no
    /// room for.
    fn take(&mut self, all: bool) -> u64 {
        if all {
            self.next_look = Instant::now() + self.batching.delay;
        }
        self.calendar.keep();
        let mut unkept = 0;
        for chunk in self.handover.take(all) {
            let count = chunk.len() as u64;
            match &mut self.output {
                Output::Collector(collector) => {
                    for span in chunk.iter() {
                        if let Some(batch) = collector.encoder.add(span, &self.calendar) {
                            let spans = batch.spans;
                            match collector.keep(batch) {
                                true => self.made += 1,
                                false => unkept += spans,
                            }
                        }
                    }
                }
                Output::Console(console) => {
                    let spans = chunk.iter();
                    let time_of = |moment| self.calendar.nanoseconds(moment);
                    self.ledger.kept(count);
                    console.show(spans.map(|span| read(span, time_of)).collect());
                    self.ledger.delivered(count);
                }
                Output::Nothing => self.ledger.discarded(count),
            }
            self.handover.give_back(chunk);
        }
        if all
            && let Output::Collector(collector) = &mut self.output
            && let Some(batch) = collector.encoder.seal()
        {
            let spans = batch.spans;
            match collector.keep(batch) {
                true => self.made += 1,
                false => unkept += spans,
            }
        }
        unkept
    }

    fn settle(&mut self, attempt: Attempt) {
        let Output::Collector(collector) = &mut self.output else { return };
        match collector.settle(attempt, self.shutting_down) {
            Settled::Batch { lost, reason } => {
                self.settled += 1;
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
            collector.hurry();
        }
    }

    fn answer_waiters(&mut self, failed: Option<(u64, &str)>) {
        for waiter in std::mem::take(&mut self.waiters) {
            let kept = self.ledger.spans_kept();
            let reached = Reached { settled: self.settled, failed, kept, gave_up: self.gave_up };
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
            Output::Console(_) | Output::Nothing => None,
        };
        deadlines.chain(sending).fold(self.next_look, Instant::min)
    }
}
