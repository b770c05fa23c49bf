//! An exporter that the application gives: any `SpanExporter` of OpenTelemetry's SDK.
//!
//! It runs on a thread of its own, since it may block. The exporter's Tokio runtime is entered there, so that it can be used; the
//! exporter may have its own runtime as well.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::thread::Thread;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter, SpanLinks};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Timeout;

use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::record::{SpanRecord, read};
use crate::export::destination::destination::{
    Destination, DestinationContext, DestinationSettings, FlushReason, SendResult,
};
use crate::export::ledger::ledger::{Ledger, SpanStage};
use crate::export::ledger::losses::LossReason;

/// The most spans that wait for the exporter. Beyond it spans are dropped.
const MAX_WAITING: usize = 65_536;

#[derive(Debug)]
pub(crate) struct CustomSettings {
    pub(crate) exporter: Box<dyn AnyExporter>,
    /// How long one export may take.
    pub(crate) timeout: Duration,
}

impl DestinationSettings for CustomSettings {
    fn start(self: Box<Self>, context: DestinationContext<'_>) -> Box<dyn Destination> {
        Box::new(CustomDestination::start(*self, context))
    }

    fn place(&self) -> String {
        "the exporter given to the builder".to_owned()
    }

    fn is_remote(&self) -> bool {
        true
    }
}

/// `SpanExporter`, as a trait that can be boxed.
pub(crate) trait AnyExporter: Debug + Send {
    fn export<'a>(&'a self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + 'a>>;
    fn set_resource(&mut self, resource: &Resource);
    fn flush(&mut self) -> OTelSdkResult;
    fn shut_down(&mut self, timeout: Duration) -> OTelSdkResult;
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

    fn shut_down(&mut self, timeout: Duration) -> OTelSdkResult {
        self.shutdown_with_timeout(timeout)
    }
}

/// One call of the exporter.
#[derive(Debug)]
enum ExporterCall {
    Export(Vec<SpanData>),
    Flush,
    ShutDown,
}

impl ExporterCall {
    fn spans(&self) -> u64 {
        match self {
            Self::Export(spans) => spans.len() as u64,
            Self::Flush | Self::ShutDown => 0,
        }
    }
}

/// The error is the reason as text.
type CallResult = Result<(), String>;

#[derive(Debug)]
struct CustomDestination {
    /// To the exporter's own thread.
    calls: mpsc::Sender<(ExporterCall, oneshot::Sender<CallResult>)>,
    ledger: Arc<Ledger>,
    /// The spans of the batch that is being filled.
    filling: Vec<SpanData>,
    max_batch_size: usize,
    /// How long one call may take.
    timeout: Duration,
    waiting: VecDeque<ExporterCall>,
    spans_waiting: usize,
    under_way: Option<UnderWay>,
    calls_made: u64,
    calls_settled: u64,
}

/// The call that the exporter's own thread works on.
#[derive(Debug)]
struct UnderWay {
    spans: u64,
    reply: Pin<Box<Timeout<oneshot::Receiver<CallResult>>>>,
}

impl CustomDestination {
    fn start(settings: CustomSettings, context: DestinationContext<'_>) -> Self {
        let CustomSettings { mut exporter, timeout } = settings;
        let (calls, received) = mpsc::channel::<(ExporterCall, oneshot::Sender<CallResult>)>();
        let runtime = Handle::current();
        let resource = context.resource.to_vec();
        let work = move || {
            let _runtime = runtime.enter();
            // The exporter's own work is not recorded.
            let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
            let resource = Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build();
            let _ = catch_panics(|| {
                exporter.set_resource(&resource);
                Ok(())
            });
            while let Ok((call, reply)) = received.recv() {
                let _ = reply.send(catch_panics(|| run(&mut *exporter, call, timeout)));
            }
        };
        // If no thread can be started the channel is closed, and every batch fails.
        let _ = std::thread::Builder::new().name("spanwise-custom".to_owned()).spawn(work);
        Self {
            calls,
            ledger: context.ledger,
            filling: Vec::new(),
            max_batch_size: context.max_batch_size,
            timeout,
            waiting: VecDeque::new(),
            spans_waiting: 0,
            under_way: None,
            calls_made: 0,
            calls_settled: 0,
        }
    }

    fn take_span(&mut self, span: SpanRecord) {
        self.ledger.enter(SpanStage::Kept, 1);
        if self.spans_waiting >= MAX_WAITING {
            return self.ledger.lost(SpanStage::Kept, 1, LossReason::MemoryFull);
        }
        self.spans_waiting += 1;
        self.filling.push(span.into());
        if self.filling.len() >= self.max_batch_size {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        if !self.filling.is_empty() {
            let batch = std::mem::take(&mut self.filling);
            self.add(ExporterCall::Export(batch));
        }
    }

    fn add(&mut self, call: ExporterCall) {
        self.calls_made += 1;
        self.waiting.push_back(call);
    }

    /// Spans that the exporter fails on are lost: retries are the exporter's own business.
    fn settle(&mut self, result: CallResult) -> SendResult {
        let spans = self.under_way.take().map_or(0, |under_way| under_way.spans);
        self.calls_settled += 1;
        self.spans_waiting -= usize::try_from(spans).unwrap_or_default();
        match result {
            Ok(()) => {
                self.ledger.delivered(SpanStage::InFlight, spans);
                SendResult::Delivered
            }
            Err(reason) => {
                self.ledger.lost(SpanStage::InFlight, spans, LossReason::Rejected);
                diag::warn_once("custom exporter", || {
                    format!(
                        "the exporter given to the builder failed: {reason} (further failures are not logged)"
                    )
                });
                SendResult::Lost(reason)
            }
        }
    }
}

impl Destination for CustomDestination {
    fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Option<String> {
        chunk.iter().for_each(|span| self.take_span(read(span, |start, end| calendar.times(start, end))));
        None
    }

    fn flush(&mut self, reason: FlushReason) -> Option<String> {
        self.end_batch();
        match reason {
            FlushReason::Interval => {}
            FlushReason::Flush => self.add(ExporterCall::Flush),
            FlushReason::Shutdown => self.add(ExporterCall::ShutDown),
        }
        None
    }

    fn advance(&mut self) {
        if self.under_way.is_none()
            && let Some(call) = self.waiting.pop_front()
        {
            let spans = call.spans();
            self.ledger.shift(SpanStage::Kept, SpanStage::InFlight, spans);
            let (reply, received) = oneshot::channel();
            // If the thread is gone this drops the sender, and `poll_progress` sees that.
            let _ = self.calls.send((call, reply));
            let reply = Box::pin(tokio::time::timeout(self.timeout, received));
            self.under_way = Some(UnderWay { spans, reply });
        }
    }

    fn poll_progress(&mut self, context: &mut Context<'_>, _is_shutting_down: bool) -> Poll<SendResult> {
        let Some(under_way) = &mut self.under_way else { return Poll::Pending };
        let result = match ready!(under_way.reply.as_mut().poll(context)) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err("its thread is gone".to_owned()),
            Err(_) => Err(format!("it takes longer than {:?}", self.timeout)),
        };
        Poll::Ready(self.settle(result))
    }

    fn batches_made(&self) -> u64 {
        self.calls_made
    }

    fn batches_settled(&self) -> u64 {
        self.calls_settled
    }

    fn close(&mut self) {
        self.end_batch();
        let under_way = self.under_way.take().map_or(0, |under_way| under_way.spans);
        self.ledger.lost(SpanStage::InFlight, under_way, LossReason::Undelivered);
        let waiting = self.waiting.drain(..).map(|call| call.spans()).sum();
        self.ledger.lost(SpanStage::Kept, waiting, LossReason::Undelivered);
        self.calls_settled = self.calls_made;
    }
}

fn run(exporter: &mut dyn AnyExporter, call: ExporterCall, timeout: Duration) -> CallResult {
    let result = match call {
        ExporterCall::Export(spans) => block_on(exporter.export(spans)),
        ExporterCall::Flush => exporter.flush(),
        ExporterCall::ShutDown => exporter.shut_down(timeout),
    };
    result.map_err(|error| error.to_string())
}

/// A panic of the exporter is an error.
fn catch_panics(work: impl FnOnce() -> CallResult) -> CallResult {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Polls a future to its end by parking the thread. Without Tokio's `block_on`, the exporter may block, and use a runtime of
/// its own.
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
