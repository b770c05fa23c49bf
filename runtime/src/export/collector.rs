//! A collector: batches are kept until it has taken them, and sent one after the other.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::backlog::Backlog;
use super::encode::Encoder;
use super::output::Settled;
use super::transport::{Attempt, Transport};
use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::EndedSpan;

/// The shortest and the longest wait before a batch is sent again.
const BACKOFF: RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_secs(15);
/// The longest wait that a collector may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(5 * 60);
/// How often it is told that the collector takes nothing.
const TELL_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Collector {
    encoder: Encoder,
    pub(super) backlog: Backlog,
    transport: Transport,
    sending: Option<Pin<Box<dyn Future<Output = Attempt>>>>,
    /// How many attempts have begun.
    pub(super) attempts: u64,
    /// Failures in a row.
    failures: u32,
    not_before: Instant,
    /// Until when the collector has asked not to be sent anything.
    asked_until: Instant,
    /// When it was told last that the collector takes nothing, and whether that is still to be taken back.
    told: Option<Instant>,
    is_told: bool,
}

impl Collector {
    pub(super) fn new(transport: Transport, encoder: Encoder, backlog: Backlog) -> Self {
        let now = Instant::now();
        Self {
            encoder,
            backlog,
            transport,
            sending: None,
            attempts: 0,
            failures: 0,
            not_before: now,
            asked_until: now,
            told: None,
            is_told: false,
        }
    }

    /// Looks after what is kept, and sends the oldest batch, where there is one and it is time to.
    pub(super) fn go_on(&mut self) {
        self.backlog.look_after();
        if self.sending.is_some() || Instant::now() < self.not_before {
            return;
        }
        if let Some(bytes) = self.backlog.send() {
            self.attempts += 1;
            self.sending = Some(self.transport.send(bytes));
        }
    }

    /// The end of the attempt that is under way; never, where none is.
    pub(super) async fn attempted(&mut self) -> Attempt {
        match &mut self.sending {
            Some(sending) => sending.await,
            None => std::future::pending().await,
        }
    }

    /// When there is something to do besides waiting for an answer.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let again = (self.sending.is_none() && self.backlog.has_some_to_send()).then_some(self.not_before);
        again.into_iter().chain(self.backlog.wake_at()).min()
    }

    /// Someone waits: now is a better time than the end of our pause. One that the collector has asked for
    /// is kept, but where there is no later.
    pub(super) fn hurry(&mut self, is_shutdown: bool) {
        let now = Instant::now();
        self.not_before = if is_shutdown { now } else { now.max(self.asked_until) };
    }

    /// Nothing more will be sent.
    pub(super) fn close(&mut self) {
        self.sending = None;
        self.backlog.close();
    }

    /// Takes a span in.
    pub(super) fn take(&mut self, span: EndedSpan<'_>, calendar: &Calendar) {
        if let Some(batch) = self.encoder.add(span, calendar) {
            self.backlog.keep(batch);
        }
    }

    /// What has been taken in becomes a batch, full or not.
    pub(super) fn seal(&mut self) {
        if let Some(batch) = self.encoder.seal() {
            self.backlog.keep(batch);
        }
    }

    /// Whether the collector takes what it is sent, and half the room is full all the same: what is taken in now would
    /// be dropped for no fault of the collector's.
    pub(super) fn is_crowded(&self) -> bool {
        self.failures == 0 && self.sending.is_some() && self.backlog.is_half_full()
    }

    pub(super) fn settle(&mut self, attempt: Attempt, shutting_down: bool) -> Settled {
        self.sending = None;
        match attempt {
            Attempt::Taken { rejected, message } => {
                let (lost, bytes) = self.backlog.delivered(rejected);
                self.encoder.give_back(bytes);
                self.recovered();
                if lost == 0 && message.is_empty() {
                    return Settled::Well;
                }
                diag::warn_once("partial success", || {
                    format!(
                        "the collector took a batch but for {lost} of its spans: {:?} (further ones are counted \
                         and not told)",
                        diag::shown(&message)
                    )
                });
                Settled::Lost(message)
            }
            Attempt::Rejected { reason } => {
                self.backlog.rejected();
                self.failures = 0;
                diag::warn_once("rejected", || {
                    format!(
                        "the collector at {} refused a batch for good: {reason}",
                        self.transport.endpoint()
                    )
                });
                Settled::Lost(reason)
            }
            Attempt::Again { reason, after } => {
                self.backlog.failed();
                self.failed(&reason, after, shutting_down);
                Settled::Failed(reason)
            }
        }
    }

    /// There is not much time left where the pipeline is shutting down, so the pauses do not grow then.
    fn failed(&mut self, reason: &str, after: Option<Duration>, shutting_down: bool) {
        let now = Instant::now();
        // A collector that comes and goes all the time is told of now and then.
        if self.failures == 0 && self.told.is_none_or(|told| now - told >= TELL_EVERY) {
            self.told = Some(now);
            self.is_told = true;
            diag::warn(format_args!(
                "the collector at {} (OTEL_EXPORTER_OTLP_ENDPOINT) does not take spans: {reason}; they are kept and \
                 sent again",
                self.transport.endpoint()
            ));
        }
        let pause = backoff(if shutting_down { 0 } else { self.failures });
        // What the collector asks for comes before what we would do, but for asking for no pause at all; and not everyone
        // comes back in the same moment.
        let asked =
            after.map(|asked| asked.min(LONGEST_ASKED).mul_f64(1.0 + fastrand::f64() / 10.0).max(backoff(0)));
        self.not_before = now + asked.unwrap_or(pause);
        if asked.is_some() {
            self.asked_until = self.not_before;
        }
        self.failures = self.failures.saturating_add(1);
    }

    fn recovered(&mut self) {
        if std::mem::take(&mut self.is_told) {
            diag::note(format_args!("the collector at {} takes spans again", self.transport.endpoint()));
        }
        self.failures = 0;
    }
}

/// Twice as long after each failure, and spread, so that a thousand processes do not come back to a
/// collector in the same moment.
fn backoff(failures: u32) -> Duration {
    let longest = BACKOFF.start().saturating_mul(1_u32 << failures.min(16)).min(*BACKOFF.end());
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
