//! The OTLP exporter: batches are kept until a collector accepts them, and sent one after the other.

use std::future::Future;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::export::backlog::backlog::{Backlog, Refused, TooLarge};
use crate::export::backlog::disk::Disk;
use crate::export::destination::destination::{
    Destination, DestinationContext, DestinationSettings, FlushReason, SendResult,
};
use crate::export::encode::encoder::{BatchLimits, Encoder, SpanTooLarge};
use crate::export::transport::response::ExportResponse;
use crate::export::transport::settings::OtlpSettings;
use crate::export::transport::transport::Transport;

/// The shortest and the longest pause before a batch is sent again.
const BACKOFF: RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_secs(15);
/// The longest pause that a collector may ask for.
const MAX_REQUESTED_PAUSE: Duration = Duration::from_secs(5 * 60);
/// The shortest time between two warnings that the collector does not accept spans.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// How spans are sent to a collector, and kept while it is unavailable.
#[derive(Debug)]
pub(crate) struct CollectorSettings {
    pub(crate) otlp: OtlpSettings,
    /// The most bytes of a request, unless its only span is larger.
    pub(crate) max_request_bytes: usize,
    /// The most bytes of encoded spans that are kept in memory.
    pub(crate) max_memory_bytes: usize,
    /// The directory of the spool, and the most bytes that are kept there.
    pub(crate) spool: Option<(PathBuf, u64)>,
    /// Whether lost spans are written to standard error.
    pub(crate) logs_lost_spans: bool,
}

impl DestinationSettings for CollectorSettings {
    fn start(self: Box<Self>, context: DestinationContext<'_>) -> Box<dyn Destination> {
        let limits = BatchLimits { spans: context.max_batch_size, bytes: self.max_request_bytes };
        let encoder = Encoder::new(context.resource, limits);
        let ledger = Arc::clone(&context.ledger);
        let mut backlog = Backlog::new(self.max_memory_bytes, None, context.ledger, self.logs_lost_spans);
        if let Some((directory, max_bytes)) = self.spool {
            backlog.use_disk(Disk::unopened(directory, max_bytes, ledger));
        }
        Box::new(CollectorDestination::new(Transport::new(self.otlp), encoder, backlog))
    }

    fn place(&self) -> String {
        self.otlp.shown_endpoint()
    }

    fn is_remote(&self) -> bool {
        true
    }
}

struct CollectorDestination {
    encoder: Encoder,
    backlog: Backlog,
    transport: Transport,
    sending: Option<Pin<Box<dyn Future<Output = ExportResponse>>>>,
    /// How many requests were started.
    attempts: u64,
    /// How many requests in a row have failed.
    failures: u32,
    not_before: Instant,
    /// The end of the pause that the collector asked for.
    requested_pause_end: Instant,
    last_warning: Option<Instant>,
    /// Whether a warning is still to be followed by the note that the collector accepts spans again.
    has_warned: bool,
    /// Whether it was noted that the collector takes smaller requests only.
    has_noted_limit: bool,
    /// Whether the last request was accepted.
    has_delivered: bool,
    /// Why a batch was refused last.
    last_refusal: String,
}

impl Destination for CollectorDestination {
    fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Option<String> {
        let mut lost = None;
        for span in chunk.iter() {
            let added = self.encoder.add(span, calendar, |batch| self.backlog.keep(batch));
            if let Err(SpanTooLarge { name, bytes }) = added {
                self.backlog.lose_too_large();
                lost = Some(format!("the span {name:?} has {bytes} bytes"));
                warn_too_large(&name, &format!("it has {bytes} bytes"));
            }
        }
        lost
    }

    fn flush(&mut self, reason: FlushReason) -> Option<String> {
        if let Some(batch) = self.encoder.finish() {
            self.backlog.keep(batch);
        }
        match reason {
            FlushReason::Interval => {}
            FlushReason::Flush => {
                self.retry_now();
                self.backlog.try_now();
            }
            // A pause that the collector asked for is cut short as well: there is no later.
            FlushReason::Shutdown => {
                self.not_before = Instant::now();
                self.backlog.try_now();
            }
        }
        None
    }

    /// Moves old batches to disk, and sends the oldest one if it is time to.
    fn advance(&mut self) {
        self.backlog.maintain();
        if self.sending.is_some() || Instant::now() < self.not_before {
            return;
        }
        if let Some(bytes) = self.backlog.send() {
            self.attempts += 1;
            self.sending = Some(self.transport.send(bytes));
        }
    }

    fn poll_progress(&mut self, context: &mut Context<'_>, is_shutting_down: bool) -> Poll<SendResult> {
        let Some(sending) = &mut self.sending else { return Poll::Pending };
        let response = ready!(sending.as_mut().poll(context));
        self.sending = None;
        Poll::Ready(self.settle(response, is_shutting_down))
    }

    fn batches_made(&self) -> u64 {
        self.backlog.batches_made()
    }

    fn batches_settled(&self) -> u64 {
        self.backlog.batches_settled()
    }

    fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Ends our own pause, but not one that the collector asked for.
    fn retry_now(&mut self) {
        self.not_before = Instant::now().max(self.requested_pause_end);
    }

    fn why_only_refused_wait(&self) -> Option<&str> {
        self.backlog.has_only_refused().then_some(&*self.last_refusal)
    }

    /// Whether the collector accepts spans and half of the memory is used nevertheless. Spans taken now would be dropped
    /// although the collector is available.
    fn has_backpressure(&self) -> bool {
        self.failures == 0 && self.sending.is_some() && self.backlog.is_half_full()
    }

    fn wake_at(&self) -> Option<Instant> {
        let next = self.backlog.next_send_at().filter(|_| self.sending.is_none());
        let next = next.map(|at| at.max(self.not_before));
        next.into_iter().chain(self.backlog.wake_at()).min()
    }

    fn close(&mut self) {
        self.sending = None;
        self.backlog.close();
    }
}

impl CollectorDestination {
    fn new(transport: Transport, encoder: Encoder, backlog: Backlog) -> Self {
        let now = Instant::now();
        Self {
            encoder,
            backlog,
            transport,
            sending: None,
            attempts: 0,
            failures: 0,
            not_before: now,
            requested_pause_end: now,
            last_warning: None,
            has_warned: false,
            has_noted_limit: false,
            has_delivered: false,
            last_refusal: String::new(),
        }
    }

    fn settle(&mut self, response: ExportResponse, is_shutting_down: bool) -> SendResult {
        match response {
            ExportResponse::Accepted { rejected, message } => {
                let (lost, bytes) = self.backlog.delivered(rejected);
                self.encoder.give_back(bytes);
                self.recovered();
                if lost == 0 && message.is_empty() {
                    return SendResult::Delivered;
                }
                diag::warn_once("partial success", || {
                    format!(
                        "the collector rejected {lost} spans of a batch that it accepted: {:?} (further rejections are \
                         counted, not logged)",
                        diag::escaped(&message)
                    )
                });
                SendResult::Lost(message)
            }
            ExportResponse::Rejected { reason } => {
                self.backlog.rejected();
                self.failures = 0;
                diag::warn_once("rejected", || {
                    let advice = self.transport.advice(&reason, false);
                    let advice = advice.map(|advice| format!(" ({advice})")).unwrap_or_default();
                    format!(
                        "the collector at {} rejected a batch: {reason}{advice}",
                        self.transport.endpoint()
                    )
                });
                SendResult::Lost(reason)
            }
            ExportResponse::TooLarge { reason } => {
                self.failures = 0;
                match self.backlog.too_large() {
                    None => SendResult::Delivered,
                    // Its halves are sent at once.
                    Some(TooLarge::Halved { bytes }) => {
                        self.send_less_than(bytes, &reason);
                        SendResult::Delivered
                    }
                    Some(TooLarge::Lost { name }) => {
                        warn_too_large(
                            &name,
                            &format!("the collector at {}: {reason}", self.transport.endpoint()),
                        );
                        SendResult::Lost(reason)
                    }
                }
            }
            ExportResponse::Refused { reason, after } => {
                let refused = self.backlog.refused();
                // Others can be sent, but not before a pause that the collector asks for.
                match refused != Refused::All && after.is_none() {
                    true => self.not_before = Instant::now(),
                    false => self.failed(&reason, after, is_shutting_down),
                }
                self.last_refusal.clone_from(&reason);
                match refused {
                    // A flush waits for the others nevertheless.
                    Refused::OneAgain => SendResult::SentAgain,
                    Refused::One | Refused::All => SendResult::Failed(reason),
                }
            }
            ExportResponse::Disconnected { .. } if std::mem::take(&mut self.has_delivered) => {
                self.backlog.failed();
                self.not_before = Instant::now();
                SendResult::SentAgain
            }
            ExportResponse::Disconnected { reason } | ExportResponse::Unanswered { reason } => {
                self.backlog.failed();
                self.failed(&reason, None, is_shutting_down);
                SendResult::Failed(reason)
            }
        }
    }

    /// The collector does not take so many bytes: later requests are made smaller.
    fn send_less_than(&mut self, bytes: usize, reason: &str) {
        if let Some(limit) = self.encoder.lower_limit(bytes / 2)
            && !std::mem::replace(&mut self.has_noted_limit, true)
        {
            diag::note(format_args!(
                "the collector at {} does not take a request of {bytes} bytes: {reason}; it is sent in parts, and later ones have \
                 {limit} bytes at most (`max_request_bytes` sets that from the start)",
                self.transport.endpoint()
            ));
        }
    }

    /// Sets the pause before the next request. The pauses do not grow during a shutdown, since little time is left.
    fn failed(&mut self, reason: &str, after: Option<Duration>, is_shutting_down: bool) {
        let now = Instant::now();
        // At most once per interval, for a collector that comes and goes.
        if self.failures == 0 && self.last_warning.is_none_or(|last| now - last >= WARNING_INTERVAL) {
            self.last_warning = Some(now);
            self.has_warned = true;
            let advice = self.transport.advice(reason, true);
            let advice = advice.map(|advice| format!(" ({advice})")).unwrap_or_default();
            diag::warn(format_args!(
                "the collector at {} (OTEL_EXPORTER_OTLP_ENDPOINT) does not accept spans: {reason}{advice}; spans are kept and \
                 sent again",
                self.transport.endpoint()
            ));
        }
        let pause = backoff(if is_shutting_down { 0 } else { self.failures });
        // A pause that the collector asks for replaces ours, within bounds. It is spread, so that not all clients
        // come back at once.
        let requested = after.map(|requested| {
            requested.min(MAX_REQUESTED_PAUSE).mul_f64(1.0 + fastrand::f64() / 10.0).max(backoff(0))
        });
        self.not_before = now + requested.unwrap_or(pause);
        if requested.is_some() {
            self.requested_pause_end = self.not_before;
        }
        self.failures = self.failures.saturating_add(1);
    }

    fn recovered(&mut self) {
        if std::mem::take(&mut self.has_warned) {
            diag::note(format_args!("the collector at {} accepts spans again", self.transport.endpoint()));
        }
        self.failures = 0;
        self.has_delivered = true;
    }
}

fn warn_too_large(name: &str, why: &str) {
    diag::warn_once("too large", || {
        format!(
            "a span {:?} is too large to be sent, and is dropped ({why}); record less in one span (further ones are counted, \
             not logged)",
            diag::escaped(name)
        )
    });
}

/// Exponential backoff, with jitter so that many processes do not come back to a collector at once.
fn backoff(failures: u32) -> Duration {
    let longest = BACKOFF.start().saturating_mul(1_u32 << failures.min(16)).min(*BACKOFF.end());
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
