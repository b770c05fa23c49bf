//! An exporter of the application's own: OpenTelemetry's `SpanExporter`.
//!
//! It has a thread to itself, since it may block: what it does there keeps nothing of ours from going on. It may
//! use the exporter's runtime, by what it finds in its thread, and may just as well have one of its own.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter, SpanLinks};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::ledger::{Ledger, Reason, Stage};
use super::output::{Seal, Settled};
use crate::diag;
use crate::engine::queue::record::SpanRecord;

/// The spans that wait for it at the most; those that end beyond are dropped.
const MOST_WAITING: usize = 65_536;

/// An exporter of any type.
pub(crate) trait AnyExporter: Debug + Send {
    fn export<'a>(&'a self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + 'a>>;
    fn set_resource(&mut self, resource: &Resource);
    fn flush(&mut self) -> OTelSdkResult;
    fn shut_down(&mut self, within: Duration) -> OTelSdkResult;
}

impl<E: SpanExporter> AnyExporter for E {
    fn export<'a>(&'a self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + 'a>> {
        Box::pin(SpanExporter::export(self, spans))
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }

    fn flush(&mut self) -> OTelSdkResult {
        self.force_flush()
    }

    fn shut_down(&mut self, within: Duration) -> OTelSdkResult {
        self.shutdown_with_timeout(within)
    }
}

/// What it is given to do.
#[derive(Debug)]
enum Job {
    Export(Vec<SpanData>),
    Flush,
    ShutDown,
}

impl Job {
    fn spans(&self) -> u64 {
        match self {
            Self::Export(spans) => spans.len() as u64,
            Self::Flush | Self::ShutDown => 0,
        }
    }
}

type Result<T = ()> = std::result::Result<T, String>;

/// The handle on it.
#[derive(Debug)]
pub(super) struct Custom {
    jobs: mpsc::Sender<(Job, oneshot::Sender<Result>)>,
    ledger: Arc<Ledger>,
    /// The batch that is being filled.
    filling: Vec<SpanData>,
    most: usize,
    /// How long an export may take.
    within: Duration,
    waiting: VecDeque<Job>,
    spans_waiting: usize,
    under_way: Option<UnderWay>,
    made: u64,
    settled: u64,
}

#[derive(Debug)]
struct UnderWay {
    spans: u64,
    answer: oneshot::Receiver<Result>,
    deadline: tokio::time::Instant,
}

impl Custom {
    pub(super) fn start(
        mut exporter: Box<dyn AnyExporter>,
        resource: Vec<KeyValue>,
        most: usize,
        within: Duration,
        ledger: Arc<Ledger>,
    ) -> Self {
        let (jobs, received) = mpsc::channel::<(Job, oneshot::Sender<Result>)>();
        let runtime = Handle::current();
        let work = move || {
            let _runtime = runtime.enter();
            // No spans of what exports spans.
            let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
            let resource = Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build();
            let _ = alone(|| {
                exporter.set_resource(&resource);
                Ok(())
            });
            while let Ok((job, answer)) = received.recv() {
                let _ = answer.send(alone(|| do_job(&mut *exporter, job, within)));
            }
        };
        // Without a thread the channel is closed, and every batch is answered so.
        let _ = std::thread::Builder::new().name("spanwise-custom".to_owned()).spawn(work);
        Self {
            jobs,
            ledger,
            filling: Vec::new(),
            most,
            within,
            waiting: VecDeque::new(),
            spans_waiting: 0,
            under_way: None,
            made: 0,
            settled: 0,
        }
    }

    /// Takes a span in.
    pub(super) fn take(&mut self, span: SpanRecord) {
        self.ledger.enter(Stage::Kept, 1);
        if self.spans_waiting >= MOST_WAITING {
            return self.ledger.gave_up(Stage::Kept, 1, Reason::MemoryFull);
        }
        self.spans_waiting += 1;
        self.filling.push(span.into());
        if self.filling.len() >= self.most {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        if !self.filling.is_empty() {
            let batch = std::mem::take(&mut self.filling);
            self.add(Job::Export(batch));
        }
    }

    fn add(&mut self, job: Job) {
        self.made += 1;
        self.waiting.push_back(job);
    }

    pub(super) fn seal(&mut self, why: Seal) {
        self.end_batch();
        match why {
            Seal::Age => {}
            Seal::Flush => self.add(Job::Flush),
            Seal::Shutdown => self.add(Job::ShutDown),
        }
    }

    pub(super) fn go_on(&mut self) {
        if self.under_way.is_none()
            && let Some(job) = self.waiting.pop_front()
        {
            let spans = job.spans();
            self.ledger.shift(Stage::Kept, Stage::InFlight, spans);
            let (answer, answered) = oneshot::channel();
            // Where the thread is gone the answer is that.
            let _ = self.jobs.send((job, answer));
            let deadline = tokio::time::Instant::now() + self.within;
            self.under_way = Some(UnderWay { spans, answer: answered, deadline });
        }
    }

    pub(super) async fn done(&mut self) -> Result {
        match &mut self.under_way {
            Some(under_way) => match tokio::time::timeout_at(under_way.deadline, &mut under_way.answer).await
            {
                Ok(answer) => answer.unwrap_or_else(|_| Err("its thread is gone".to_owned())),
                Err(_) => Err(format!("it takes longer than {:?}", self.within)),
            },
            None => std::future::pending().await,
        }
    }

    /// What it does not take is lost: whether it tries again is its own affair.
    pub(super) fn settle(&mut self, result: Result) -> Settled {
        let spans = self.under_way.take().map_or(0, |under_way| under_way.spans);
        self.settled += 1;
        self.spans_waiting -= usize::try_from(spans).unwrap_or_default();
        match result {
            Ok(()) => {
                self.ledger.delivered(Stage::InFlight, spans);
                Settled::Well
            }
            Err(reason) => {
                self.ledger.gave_up(Stage::InFlight, spans, Reason::Rejected);
                diag::warn_once("custom exporter", || {
                    format!(
                        "the exporter given to the builder has failed: {reason} (further failures are not told)"
                    )
                });
                Settled::Lost(reason)
            }
        }
    }

    pub(super) const fn made(&self) -> u64 {
        self.made
    }

    pub(super) const fn settled(&self) -> u64 {
        self.settled
    }

    /// Nobody waits for it any more.
    pub(super) fn close(&mut self) {
        self.end_batch();
        let under_way = self.under_way.take().map_or(0, |under_way| under_way.spans);
        self.ledger.gave_up(Stage::InFlight, under_way, Reason::Undelivered);
        let waiting = self.waiting.drain(..).map(|job| job.spans()).sum();
        self.ledger.gave_up(Stage::Kept, waiting, Reason::Undelivered);
        self.settled = self.made;
    }
}

fn do_job(exporter: &mut dyn AnyExporter, job: Job, within: Duration) -> Result {
    let done = match job {
        Job::Export(spans) => block_on(exporter.export(spans)),
        Job::Flush => exporter.flush(),
        Job::ShutDown => exporter.shut_down(within),
    };
    done.map_err(|error| error.to_string())
}

/// An exporter's panics are its own affair, and end nothing of ours.
fn alone(work: impl FnOnce() -> Result) -> Result {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Waits for a future without any runtime: one that blocks, or that has a runtime of its own, may do so here.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut task = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut task) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

impl From<SpanRecord> for SpanData {
    fn from(span: SpanRecord) -> Self {
        let mut events = SpanEvents::default();
        events.events = span.events;
        events.dropped_count = span.dropped_events;
        let mut links = SpanLinks::default();
        links.links = span.links;
        links.dropped_count = span.dropped_links;
        Self {
            span_context: span.context,
            parent_span_id: span.parent_span_id,
            parent_span_is_remote: span.parent_is_remote,
            span_kind: span.kind,
            name: span.name,
            start_time: span.start,
            end_time: span.end,
            attributes: span.attributes,
            dropped_attributes_count: span.dropped_attributes,
            events,
            links,
            status: span.status,
            instrumentation_scope: span.scope,
        }
    }
}
