//! The exporter's thread: a current-thread Tokio runtime of its own, so that it works from any
//! runtime, from none, and while the application's is going down.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::{Context, KeyValue};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::backlog::{Backlog, Batch};
use super::console::Console;
use super::ledger::{Ledger, Report};
use super::otlp::{Attempt, Otlp, OtlpSettings};
use super::queue::Queue;
use crate::diag;
use crate::error::ExportError;

/// The shortest and the longest wait before a batch is sent again.
const BACKOFF: std::ops::RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_secs(15);

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

/// Called with the answer to a flush or a shutdown.
type Reply = Box<dyn FnOnce(Result<(), ExportError>) + Send>;

enum Command {
    Flush { within: Duration, reply: Reply },
    ShutDown { within: Duration, reply: Reply },
}

/// The handle on the exporter's thread.
#[derive(Debug)]
pub(crate) struct Exporter {
    commands: mpsc::UnboundedSender<Command>,
    ledger: Arc<Ledger>,
}

impl Exporter {
    /// Starts the thread.
    pub(crate) fn start(queue: Arc<Queue>, destination: Destination) -> std::io::Result<Self> {
        let (commands, received) = mpsc::unbounded_channel();
        let ledger = Arc::clone(queue.ledger());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("spanwise-export".to_owned()).spawn(move || {
            // No spans of what exports spans.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            runtime.block_on(async { Worker::new(queue, destination, received).run().await });
        })?;
        Ok(Self { commands, ledger })
    }

    pub(crate) fn report(&self) -> Report {
        self.ledger.report()
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

/// Who waits for everything up to a batch to be settled.
struct Waiter {
    /// The number of the last batch that matters.
    until: u64,
    /// Attempts up to this number began before, and say nothing of what is wanted now.
    after_attempt: u64,
    within: Duration,
    deadline: Instant,
    /// A flush gives up on the first failure, a shutdown tries again until its deadline.
    is_shutdown: bool,
    /// What was lost on the way, and why.
    lost: Option<(u64, String)>,
    /// What the last attempt that failed while it waited said.
    failure: Option<String>,
    reply: Reply,
}

impl Waiter {
    fn lose(&mut self, spans: u64, reason: &str) {
        let lost = self.lost.get_or_insert_with(|| (0, reason.to_owned()));
        lost.0 += spans;
    }
}

type Sending = Pin<Box<dyn Future<Output = Attempt>>>;

struct Worker {
    queue: Arc<Queue>,
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

struct Collector {
    otlp: Otlp,
    backlog: Backlog,
    sending: Option<Sending>,
    /// How many attempts have begun.
    attempts: u64,
    /// Failures in a row.
    failures: u32,
    not_before: Instant,
}

impl Worker {
    fn new(queue: Arc<Queue>, destination: Destination, commands: mpsc::UnboundedReceiver<Command>) -> Self {
        let output = match destination {
            Destination::Collector { settings, resource, bound } => match Otlp::new(settings, &resource) {
                Ok(otlp) => Output::Collector(Box::new(Collector {
                    otlp,
                    backlog: Backlog::new(bound, Arc::clone(queue.ledger())),
                    sending: None,
                    attempts: 0,
                    failures: 0,
                    not_before: Instant::now(),
                })),
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
        let next_look = Instant::now() + queue.settings().delay;
        Self {
            queue,
            commands,
            output,
            waiters: Vec::new(),
            made: 0,
            settled: 0,
            next_look,
            shutting_down: false,
            gave_up: false,
        }
    }

    async fn run(mut self) {
        let queue = Arc::clone(&self.queue);
        loop {
            self.start_sending();
            self.answer_waiters(None);
            if self.shutting_down && self.waiters.is_empty() {
                break;
            }
            let wake_at = self.wake_at();
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    // The guard was leaked and then lost: nobody can ask for anything any more.
                    None => self.shutting_down = true,
                },
                attempt = attempted(&mut self.output) => self.settle(attempt),
                () = queue.filled() => { self.take(); }
                () = tokio::time::sleep_until(wake_at) => {
                    if Instant::now() >= self.next_look {
                        self.take();
                    }
                }
            }
        }
        self.queue.close();
        self.take();
        if let Output::Collector(collector) = &mut self.output {
            collector.backlog.give_up();
        }
    }

    fn obey(&mut self, command: Command) {
        let (within, reply, is_shutdown) = match command {
            Command::Flush { within, reply } => (within, reply, false),
            Command::ShutDown { within, reply } => {
                self.shutting_down = true;
                self.queue.close();
                (within, reply, true)
            }
        };
        let unkept = self.take();
        let mut after_attempt = 0;
        match &mut self.output {
            Output::Console(console) => console.show_all(),
            Output::Collector(collector) => {
                // Someone waits: now is a better time than the end of the backoff.
                collector.not_before = Instant::now();
                after_attempt = collector.attempts;
            }
            Output::Nothing => {}
        }
        let deadline = Instant::now() + within;
        let mut waiter = Waiter {
            until: self.made,
            after_attempt,
            within,
            deadline,
            is_shutdown,
            lost: None,
            failure: None,
            reply,
        };
        if unkept > 0 {
            waiter.lose(unkept, "the memory for an outage is full");
        }
        self.waiters.push(waiter);
    }

    /// Takes what has ended out of the queue and to the destination; how many spans there was no room
    /// for.
    fn take(&mut self) -> u64 {
        let settings = self.queue.settings();
        self.next_look = Instant::now() + settings.delay;
        let mut spans = self.queue.take();
        let count = spans.len() as u64;
        let mut unkept = 0;
        let ledger = self.queue.ledger();
        match &mut self.output {
            Output::Collector(collector) => {
                while !spans.is_empty() {
                    let rest = spans.split_off(spans.len().min(settings.batch));
                    let batch = std::mem::replace(&mut spans, rest);
                    let count = batch.len() as u64;
                    let bytes = collector.otlp.encode(batch);
                    if collector.backlog.keep(Batch { bytes, spans: count }) {
                        self.made += 1;
                    } else {
                        unkept += count;
                    }
                }
            }
            Output::Console(console) => {
                ledger.kept(count);
                console.show(spans);
                ledger.delivered(count);
            }
            Output::Nothing => ledger.discarded(count),
        }
        unkept
    }

    fn start_sending(&mut self) {
        let Output::Collector(collector) = &mut self.output else { return };
        if collector.sending.is_some() || Instant::now() < collector.not_before {
            return;
        }
        if let Some(batch) = collector.backlog.oldest() {
            collector.attempts += 1;
            collector.sending = Some(Box::pin(collector.otlp.send(batch.bytes.clone())));
        }
    }

    fn settle(&mut self, attempt: Attempt) {
        let Output::Collector(collector) = &mut self.output else { return };
        collector.sending = None;
        match attempt {
            Attempt::Taken { rejected, message } => {
                collector.backlog.delivered(rejected);
                collector.recovered();
                self.settled += 1;
                if rejected > 0 {
                    self.waiters.iter_mut().for_each(|waiter| waiter.lose(rejected, &message));
                }
                if rejected > 0 || !message.is_empty() {
                    diag::warn_once("partial success", || {
                        format!(
                            "the collector took a batch but for {rejected} of its spans: {:?} (further ones are counted \
                             and not told)",
                            diag::shown(&message)
                        )
                    });
                }
            }
            Attempt::Rejected { reason } => {
                let spans = collector.backlog.rejected();
                collector.failures = 0;
                self.settled += 1;
                self.waiters.iter_mut().for_each(|waiter| waiter.lose(spans, &reason));
                diag::warn_once("rejected", || {
                    format!(
                        "the collector at {} refused a batch for good: {reason}; its spans are dropped and counted \
                         (further ones are not told)",
                        collector.otlp.endpoint()
                    )
                });
            }
            Attempt::Again { reason } => {
                let attempt = collector.attempts;
                collector.failed(&reason, self.shutting_down);
                self.waiters.iter_mut().for_each(|waiter| waiter.failure = Some(reason.clone()));
                self.answer_waiters(Some((attempt, &reason)));
                self.hurry();
            }
        }
    }

    /// Does without the pause for those who have had no attempt of their own.
    fn hurry(&mut self) {
        let Output::Collector(collector) = &mut self.output else { return };
        if self.waiters.iter().any(|waiter| waiter.after_attempt >= collector.attempts) {
            collector.not_before = Instant::now();
        }
    }

    /// Answers those whose spans are settled, whose time is up, or, after an attempt that failed, who do
    /// not wait for another.
    fn answer_waiters(&mut self, failed: Option<(u64, &str)>) {
        for waiter in std::mem::take(&mut self.waiters) {
            let Some(answer) = self.answer(&waiter, failed) else {
                self.waiters.push(waiter);
                continue;
            };
            if waiter.is_shutdown {
                // What is left now is lost, and the report that follows says so.
                if let Output::Collector(collector) = &mut self.output {
                    collector.sending = None;
                    collector.backlog.give_up();
                }
                self.gave_up = true;
            }
            (waiter.reply)(answer);
        }
    }

    fn answer(&self, waiter: &Waiter, failed: Option<(u64, &str)>) -> Option<Result<(), ExportError>> {
        let kept = self.queue.ledger().spans_kept();
        if self.settled >= waiter.until {
            return Some(match &waiter.lost {
                Some((spans, reason)) => Err(ExportError::Dropped { spans: *spans, reason: reason.clone() }),
                None => Ok(()),
            });
        }
        if self.gave_up {
            // A shutdown that was begun twice is answered twice.
            let timed_out = ExportError::TimedOut { kept, within: waiter.within };
            return Some(Err(if waiter.is_shutdown { timed_out } else { ExportError::ShutDown }));
        }
        if let Some((attempt, reason)) = failed
            && !waiter.is_shutdown
            && attempt > waiter.after_attempt
        {
            return Some(Err(ExportError::NotDelivered { kept, reason: reason.to_owned() }));
        }
        if Instant::now() < waiter.deadline {
            return None;
        }
        Some(Err(match &waiter.failure {
            Some(reason) => ExportError::NotDelivered { kept, reason: reason.clone() },
            None => ExportError::TimedOut { kept, within: waiter.within },
        }))
    }

    fn wake_at(&self) -> Instant {
        let deadlines = self.waiters.iter().map(|waiter| waiter.deadline);
        let sending = match &self.output {
            Output::Collector(collector) if collector.sending.is_none() && !collector.backlog.is_empty() => {
                Some(collector.not_before)
            }
            _ => None,
        };
        deadlines.chain(sending).fold(self.next_look, Instant::min)
    }
}

impl Collector {
    /// There is not much time left where the pipeline is shutting down, so the pauses do not grow then.
    fn failed(&mut self, reason: &str, shutting_down: bool) {
        if self.failures == 0 {
            diag::warn(format_args!(
                "the collector at {} (OTEL_EXPORTER_OTLP_ENDPOINT) does not take spans: {reason}; they are kept and \
                 sent again",
                self.otlp.endpoint()
            ));
        }
        self.not_before = Instant::now() + backoff(if shutting_down { 0 } else { self.failures });
        self.failures = self.failures.saturating_add(1);
    }

    fn recovered(&mut self) {
        if self.failures > 0 {
            diag::note(format_args!("the collector at {} takes spans again", self.otlp.endpoint()));
        }
        self.failures = 0;
    }
}

/// The end of the attempt that is under way; never, where none is.
async fn attempted(output: &mut Output) -> Attempt {
    match output {
        Output::Collector(collector) => match &mut collector.sending {
            Some(sending) => sending.await,
            None => std::future::pending().await,
        },
        _ => std::future::pending().await,
    }
}

/// Twice as long after each failure, and spread, so that a thousand processes do not come back to a
/// collector in the same moment.
fn backoff(failures: u32) -> Duration {
    let longest = BACKOFF.start().saturating_mul(1_u32 << failures.min(16)).min(*BACKOFF.end());
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
