//! What the exporter's thread does: it takes what has ended to its destination, and obeys.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::hold::Hold;
use super::ledger::Ledger;
use super::local::Local;
use super::output::{Done, NO_ROOM, Output, Seal, Settled};
use super::signals::Signals;
use super::teller::Teller;
use super::thread::{Command, GRACE};
use super::waiter::{Reached, Waiter};
use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::span_queue::SpanQueue;
use crate::sampling::KeepOnError;

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
/// How often it is looked whether there is a loss to be told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// The most bytes of fields that are taken at a time, unless all is.
const AT_A_TIME: usize = 8 << 20;

pub(super) struct Worker {
    queue: Arc<SpanQueue>,
    ledger: Arc<Ledger>,
    calendar: Calendar,
    batching: Batching,
    commands: mpsc::UnboundedReceiver<Command>,
    output: Output,
    /// These show what the output gets, and nobody counts what becomes of it there.
    beside: Vec<Local>,
    waiters: Vec<Waiter>,
    teller: Teller,
    /// Why spans were lost last.
    last_loss: String,
    next_look: Instant,
    next_telling: Instant,
    shutting_down: bool,
    /// A shutdown's time was over: nothing will be settled any more.
    gave_up: bool,
    /// What was not sampled, and may be kept.
    hold: Option<Hold>,
}

impl Worker {
    pub(super) fn new(
        queue: Arc<SpanQueue>,
        ledger: Arc<Ledger>,
        calendar: Calendar,
        batching: Batching,
        (output, beside): (Output, Vec<Local>),
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let now = Instant::now();
        Self {
            queue,
            ledger,
            calendar,
            batching,
            commands,
            output,
            beside,
            waiters: Vec::new(),
            teller: Teller::new(),
            last_loss: NO_ROOM.to_owned(),
            next_look: now + batching.delay,
            next_telling: now,
            shutting_down: false,
            gave_up: false,
            hold: None,
        }
    }

    /// Holds what was not sampled, if it may be kept.
    pub(super) fn holding(mut self, keep: Option<KeepOnError>) -> Self {
        self.hold = keep.map(|keep| Hold::new(keep, Arc::clone(&self.ledger)));
        self
    }

    pub(super) async fn run(mut self, signals: &mut Signals) {
        let queue = Arc::clone(&self.queue);
        let breath = if queue.holds_a_millisecond() { BREATH } else { Duration::ZERO };
        let mut last_look = Instant::now();
        let mut not_before = last_look;
        loop {
            self.output.go_on();
            self.tell();
            self.answer_waiters(None);
            if self.shutting_down && self.waiters.is_empty() {
                break;
            }
            let wake_at = self.wake_at();
            let is_crowded = self.output.is_crowded();
            let handed_over = async {
                // Not to be woken by each chunk: while this waits, waking it costs the others nothing.
                if not_before > Instant::now() {
                    tokio::time::sleep_until(not_before).await;
                }
                queue.ready().await;
            };
            tokio::select! {
                biased;
                command = self.commands.recv(), if !self.shutting_down || !self.commands.is_closed() => {
                    match command {
                        Some(command) => self.obey(command),
                        // The guard was leaked and then lost: nobody can ask for anything any more.
                        None => self.shutting_down = true,
                    }
                }
                status = signals.asked() => self.end_process(signals.within, status),
                done = self.output.done() => self.settle(done),
                () = tokio::time::sleep_until(wake_at) => {
                    if Instant::now() >= self.next_look {
                        self.take(Some(Seal::Age));
                    }
                }
                () = handed_over, if !is_crowded => {
                    let now = Instant::now();
                    // Only where one look follows the other: a pause that nobody needs would be a wake-up, too.
                    not_before = if now - last_look < breath { now + breath } else { now };
                    last_look = now;
                    self.take(None);
                    // However much there is: connections live on this thread, too.
                    tokio::task::yield_now().await;
                }
            }
        }
        self.queue.close();
        self.take(Some(Seal::Shutdown));
        self.output.close();
        self.queue.set_drained();
        self.tell_now();
    }

    /// Someone has asked the process to end: it does, once everything is settled.
    fn end_process(&mut self, within: Duration, status: i32) {
        // Whatever keeps this thread from answering must not keep the process.
        let watch = move || {
            std::thread::sleep(within.saturating_add(GRACE));
            std::process::exit(status);
        };
        let _ = std::thread::Builder::new().name("spanwise-exit".to_owned()).spawn(watch);
        let (ledger, queue) = (Arc::clone(&self.ledger), Arc::clone(&self.queue));
        let reply = Box::new(move |result| {
            if let Err(error) = result {
                diag::warn(format_args!("at shutdown {error}; {}", ledger.report(|| queue.counts())));
            }
            std::process::exit(status);
        });
        self.obey(Command::ShutDown { within, reply });
    }

    fn obey(&mut self, command: Command) {
        let (within, reply, why) = match command {
            Command::Flush { within, reply } => (within, reply, Seal::Flush),
            Command::ShutDown { within, reply } => {
                self.shutting_down = true;
                self.queue.close();
                (within, reply, Seal::Shutdown)
            }
        };
        let lost = self.ledger.lost();
        let after_attempt = self.output.attempts();
        self.take(Some(why));
        self.waiters.push(Waiter {
            until: self.output.made(),
            after_attempt,
            within,
            deadline: Instant::now() + within,
            is_shutdown: why == Seal::Shutdown,
            lost_before: lost,
            failure: None,
            reply,
        });
    }

    /// Takes what was handed over to the destination; to be brought on its way, all that has ended.
    fn take(&mut self, seal: Option<Seal>) {
        self.calendar.update();
        let chunks = match seal {
            None => self.queue.receive(AT_A_TIME),
            Some(_) => self.queue.drain_all(),
        };
        let chunks = match &mut self.hold {
            Some(hold) => hold.pass(chunks, seal, &self.queue, &self.calendar),
            None => chunks,
        };
        for chunk in chunks {
            self.note_loss(|output, calendar| output.take(&chunk, calendar));
            for local in &mut self.beside {
                local.take(&chunk, &self.calendar);
            }
            self.queue.recycle(chunk);
        }
        if let Some(why) = seal {
            self.next_look = Instant::now() + self.batching.delay;
            self.note_loss(|output, _| output.seal(why));
            for local in &mut self.beside {
                local.seal(why);
            }
        }
    }

    fn note_loss(&mut self, work: impl FnOnce(&mut Output, &Calendar) -> Option<String>) {
        if let Some(why) = work(&mut self.output, &self.calendar) {
            self.last_loss = why;
        }
    }

    fn settle(&mut self, done: Done) {
        match self.output.settle(done, self.shutting_down) {
            Settled::Well => {}
            Settled::Lost(reason) => self.last_loss = reason,
            Settled::Failed(reason) => {
                let attempt = self.output.attempts();
                self.waiters.iter_mut().for_each(|waiter| waiter.failure = Some(reason.clone()));
                self.answer_waiters(Some((attempt, &reason)));
                // Those who have had no attempt of their own do not wait for the end of the pause.
                if self.waiters.iter().any(|waiter| waiter.after_attempt >= attempt) {
                    self.output.hurry();
                }
            }
        }
    }

    fn answer_waiters(&mut self, failed: Option<(u64, &str)>) {
        let mut is_over = false;
        for waiter in std::mem::take(&mut self.waiters) {
            let reached = Reached {
                settled: self.output.settled(),
                failed,
                waiting: self.ledger.waiting(),
                lost: self.ledger.lost(),
                last_loss: &self.last_loss,
                gave_up: self.gave_up,
            };
            let Some(answer) = waiter.is_told(reached) else {
                self.waiters.push(waiter);
                continue;
            };
            if waiter.is_shutdown {
                // What is left now is lost, or on disk, and the report that follows says so.
                self.gave_up |= self.output.settled() < waiter.until;
                self.output.close();
                is_over = true;
                self.tell_now();
            }
            (waiter.reply)(answer);
        }
        // The others wait in vain now.
        if is_over && !self.waiters.is_empty() {
            self.gave_up = true;
            self.answer_waiters(None);
        }
    }

    fn tell(&mut self) {
        if Instant::now() >= self.next_telling {
            self.tell_now();
        }
    }

    fn tell_now(&mut self) {
        self.next_telling = Instant::now() + TELL_EVERY;
        self.teller.tell(&self.ledger.report(|| self.queue.counts()).dropped);
    }

    fn wake_at(&self) -> Instant {
        let deadlines = self.waiters.iter().map(|waiter| waiter.deadline);
        deadlines.chain(self.output.wake_at()).fold(self.next_look, Instant::min)
    }
}
