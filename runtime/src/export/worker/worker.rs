//! The loop of the exporter's thread: it takes what has ended to the destinations, and obeys commands.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::span_queue::SpanQueue;
use crate::export::destination::destination::{CLOSE_GRACE, Destination, FlushReason, SendResult};
use crate::export::ledger::ledger::Ledger;
use crate::export::ledger::loss_reporter::LossReporter;
use crate::export::tail_buffer::tail_buffer::TailBuffer;
use crate::export::worker::command::{Command, REPLY_GRACE};
use crate::export::worker::signals::Signals;
use crate::export::worker::waiter::{ExportProgress, Waiter};
use crate::sampling::KeepOnError;

/// When ended spans are exported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// The most spans in a batch.
    pub(crate) max_batch_size: usize,
    /// The longest time that a span waits for its batch to fill.
    pub(crate) schedule_delay: Duration,
}

/// The shortest time between two looks at the queue, if the queue has room for what comes meanwhile.
const TAKE_INTERVAL: Duration = Duration::from_millis(1);
/// How often new losses are looked for.
const LOSS_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// The most bytes that are taken from the queue at a time, except by a flush.
const MAX_BYTES_TAKEN: usize = 8 << 20;
/// The reason of a loss until a destination gives one.
const BUFFER_FULL: &str = "the memory for an outage is full";

pub(super) struct Worker {
    queue: Arc<SpanQueue>,
    ledger: Arc<Ledger>,
    calendar: Calendar,
    batching: Batching,
    commands: mpsc::UnboundedReceiver<Command>,
    destination: Box<dyn Destination>,
    /// These get the same spans. Their results are ignored.
    beside: Vec<Box<dyn Destination>>,
    waiters: Vec<Waiter>,
    loss_reporter: LossReporter,
    /// Why spans were lost last.
    last_loss: String,
    next_flush: Instant,
    next_loss_check: Instant,
    is_shutting_down: bool,
    /// A shutdown's deadline has passed: nothing more will be settled.
    gave_up: bool,
    tail_buffer: Option<TailBuffer>,
}

impl Worker {
    pub(super) fn new(
        queue: Arc<SpanQueue>,
        ledger: Arc<Ledger>,
        calendar: Calendar,
        batching: Batching,
        (destination, beside): (Box<dyn Destination>, Vec<Box<dyn Destination>>),
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let now = Instant::now();
        Self {
            queue,
            ledger,
            calendar,
            batching,
            commands,
            destination,
            beside,
            waiters: Vec::new(),
            loss_reporter: LossReporter::default(),
            last_loss: BUFFER_FULL.to_owned(),
            next_flush: now + batching.schedule_delay,
            next_loss_check: now,
            is_shutting_down: false,
            gave_up: false,
            tail_buffer: None,
        }
    }

    /// Holds the spans that were not sampled in a tail buffer, if they may be kept.
    pub(super) fn keep_on_error(mut self, keep: Option<KeepOnError>) -> Self {
        self.tail_buffer = keep.map(|keep| TailBuffer::new(keep, Arc::clone(&self.ledger)));
        self
    }

    pub(super) async fn run(mut self, signals: &mut Signals) {
        let queue = Arc::clone(&self.queue);
        let interval = if queue.holds_a_millisecond() { TAKE_INTERVAL } else { Duration::ZERO };
        let mut last_take = Instant::now();
        let mut not_before = last_take;
        loop {
            self.destination.advance();
            self.beside.iter_mut().for_each(|destination| destination.advance());
            if Instant::now() >= self.next_loss_check {
                self.report_losses();
            }
            self.answer_waiters(None);
            if self.is_shutting_down && self.waiters.is_empty() {
                break;
            }
            let wake_at = self.wake_at();
            let has_backpressure = self.destination.has_backpressure();
            let handed_over = async {
                // While this sleeps, threads that hand over chunks need not wake it.
                if not_before > Instant::now() {
                    tokio::time::sleep_until(not_before).await;
                }
                queue.ready().await;
            };
            tokio::select! {
                biased;
                command = self.commands.recv(), if !self.is_shutting_down || !self.commands.is_closed() => {
                    match command {
                        Some(command) => self.obey(command),
                        // All handles are gone, so nobody can ask for anything any more.
                        None => self.is_shutting_down = true,
                    }
                }
                status = signals.next_exit_status() => self.end_process(signals.timeout, status),
                result = poll_fn(|context| {
                    poll_progress(&mut *self.destination, &mut self.beside, self.is_shutting_down, context)
                }) => self.settle(result),
                () = tokio::time::sleep_until(wake_at) => {
                    if Instant::now() >= self.next_flush {
                        self.take(Some(FlushReason::Interval));
                    }
                }
                () = handed_over, if !has_backpressure => {
                    let now = Instant::now();
                    // A pause only between looks that follow each other: any other would be a needless wake-up.
                    not_before = if now - last_take < interval { now + interval } else { now };
                    last_take = now;
                    self.take(None);
                    // The connections live on this thread too, and get their turn even if the queue never runs empty.
                    tokio::task::yield_now().await;
                }
            }
        }
        self.queue.close();
        self.take(Some(FlushReason::Shutdown));
        self.destination.close();
        self.beside.iter_mut().for_each(|destination| destination.close());
        self.queue.set_drained();
        self.report_losses();
    }

    /// Shuts down, and then ends the process with this status.
    fn end_process(&mut self, timeout: Duration, status: i32) {
        // Ends the process even if this thread hangs.
        let watchdog = move || {
            std::thread::sleep(timeout.saturating_add(REPLY_GRACE));
            std::process::exit(status);
        };
        let _ = std::thread::Builder::new().name("spanwise-exit".to_owned()).spawn(watchdog);
        let (ledger, queue) = (Arc::clone(&self.ledger), Arc::clone(&self.queue));
        let reply = Box::new(move |result| {
            if let Err(error) = result {
                diag::warn(format_args!("at shutdown {error}; {}", ledger.report(|| queue.counts())));
            }
            diag::flush(CLOSE_GRACE);
            std::process::exit(status);
        });
        self.obey(Command::ShutDown { timeout, reply });
    }

    fn obey(&mut self, command: Command) {
        let (timeout, reply, reason) = match command {
            Command::Flush { timeout, reply } => (timeout, reply, FlushReason::Flush),
            Command::ShutDown { timeout, reply } => {
                self.is_shutting_down = true;
                self.queue.close();
                (timeout, reply, FlushReason::Shutdown)
            }
        };
        let lost_before = self.ledger.total_lost();
        let after_attempt = self.destination.attempts();
        self.take(Some(reason));
        self.waiters.push(Waiter {
            until: self.destination.batches_made(),
            after_attempt,
            timeout,
            deadline: Instant::now() + timeout,
            is_shutdown: reason == FlushReason::Shutdown,
            lost_before,
            failure: None,
            reply,
        });
    }

    /// Takes from the queue to the destinations. With a reason for a flush it takes all that has ended, and exports it.
    fn take(&mut self, flush: Option<FlushReason>) {
        self.calendar.update();
        let chunks = match flush {
            None => self.queue.receive(MAX_BYTES_TAKEN),
            Some(_) => self.queue.drain_all(),
        };
        let chunks = match &mut self.tail_buffer {
            Some(buffer) => buffer.filter(chunks, flush, &self.queue, &self.calendar),
            None => chunks,
        };
        for chunk in chunks {
            let lost = self.destination.take(&chunk, &self.calendar);
            self.note_loss(lost);
            for destination in &mut self.beside {
                destination.take(&chunk, &self.calendar);
            }
            self.queue.recycle(chunk);
        }
        if let Some(reason) = flush {
            self.next_flush = Instant::now() + self.batching.schedule_delay;
            let lost = self.destination.flush(reason);
            self.note_loss(lost);
            for destination in &mut self.beside {
                destination.flush(reason);
            }
        }
    }

    fn note_loss(&mut self, reason: Option<String>) {
        if let Some(reason) = reason {
            self.last_loss = reason;
        }
    }

    fn settle(&mut self, result: SendResult) {
        match result {
            SendResult::Delivered | SendResult::SentAgain => {}
            SendResult::Lost(reason) => self.last_loss = reason,
            SendResult::Failed(reason) => {
                let attempt = self.destination.attempts();
                self.waiters.iter_mut().for_each(|waiter| waiter.failure = Some(reason.clone()));
                self.answer_waiters(Some((attempt, &reason)));
                // A waiter that has not had a request of its own does not wait for the end of the pause.
                if self.waiters.iter().any(|waiter| waiter.after_attempt >= attempt) {
                    self.destination.retry_now();
                }
            }
        }
    }

    fn answer_waiters(&mut self, failed: Option<(u64, &str)>) {
        let mut is_over = false;
        for waiter in std::mem::take(&mut self.waiters) {
            let progress = ExportProgress {
                settled: self.destination.batches_settled(),
                failed,
                only_refused_wait: self.destination.why_only_refused_wait(),
                waiting: self.ledger.waiting(),
                lost: self.ledger.total_lost(),
                last_loss: &self.last_loss,
                gave_up: self.gave_up,
            };
            let Some(result) = waiter.result(progress) else {
                self.waiters.push(waiter);
                continue;
            };
            self.beside.iter().for_each(|destination| destination.wait_a_moment());
            if waiter.is_shutdown {
                // Closed before the reply, so that the report that follows has what is lost or on disk now.
                self.gave_up |= self.destination.batches_settled() < waiter.until;
                self.destination.close();
                is_over = true;
                self.report_losses();
            }
            (waiter.reply)(result);
        }
        // The others would wait in vain.
        if is_over && !self.waiters.is_empty() {
            self.gave_up = true;
            self.answer_waiters(None);
        }
    }

    fn report_losses(&mut self) {
        self.next_loss_check = Instant::now() + LOSS_CHECK_INTERVAL;
        self.loss_reporter.warn(&self.ledger.report(|| self.queue.counts()).dropped);
    }

    fn wake_at(&self) -> Instant {
        let deadlines = self.waiters.iter().map(|waiter| waiter.deadline);
        let beside = self.beside.iter().filter_map(|destination| destination.wake_at());
        deadlines.chain(beside).chain(self.destination.wake_at()).fold(self.next_flush, Instant::min)
    }
}

/// The result of the destination's request. The requests of those beside it go on meanwhile.
fn poll_progress(
    destination: &mut dyn Destination,
    beside: &mut [Box<dyn Destination>],
    is_shutting_down: bool,
    context: &mut Context<'_>,
) -> Poll<SendResult> {
    for other in beside {
        while other.poll_progress(context, is_shutting_down).is_ready() {
            other.advance();
        }
    }
    destination.poll_progress(context, is_shutting_down)
}
