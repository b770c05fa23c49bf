//! The console exporter: each complete trace as a waterfall on standard error, for development.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use opentelemetry::trace::TraceId;

use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::record::{SpanRecord, read};
use crate::export::destination::destination::{
    CLOSE_GRACE, Destination, DestinationContext, DestinationSettings, FlushReason, SendResult,
};
use crate::export::ledger::ledger::Ledger;
use crate::export::ledger::losses::LossReason;
use crate::export::waterfall::{Style, WaterfallRow, render};
use crate::outbox::Outbox;
use crate::value;

/// The most spans that wait for their trace to complete. Beyond it all that wait are shown.
const MAX_WAITING: usize = 4096;
/// The most bytes that wait for the terminal.
const MAX_UNWRITTEN: usize = 4 << 20;

#[derive(Debug)]
pub(crate) struct ConsoleSettings {
    style: Style,
}

impl ConsoleSettings {
    /// Colors are used if standard error is a terminal and `NO_COLOR` is not set.
    pub(crate) fn new() -> Self {
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { style: Style { color } }
    }
}

impl DestinationSettings for ConsoleSettings {
    fn start(self: Box<Self>, context: DestinationContext<'_>) -> Box<dyn Destination> {
        let service = value::find(context.resource, "service.name");
        Box::new(ConsoleDestination {
            service: service.map(ToString::to_string).unwrap_or_default(),
            style: self.style,
            traces: HashMap::new(),
            waiting: 0,
            outbox: Outbox::new("spanwise-console", MAX_UNWRITTEN, write(Arc::clone(&context.ledger))),
            written: 0,
            ledger: context.ledger,
        })
    }

    fn place(&self) -> String {
        "standard error".to_owned()
    }
}

/// What shows a trace. It waits while the terminal is stopped.
fn write(ledger: Arc<Ledger>) -> impl FnMut(Waterfall) + Send {
    move |Waterfall { text, spans }| {
        // Standard error may be closed, which is not an error of the program.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        ledger.delivered_at_once(spans);
    }
}

/// A trace to show.
#[derive(Debug)]
struct Waterfall {
    text: String,
    spans: u64,
}

#[derive(Debug)]
struct ConsoleDestination {
    service: String,
    style: Style,
    /// The spans of traces that are not complete.
    traces: HashMap<TraceId, Vec<SpanRecord>>,
    waiting: usize,
    outbox: Outbox<Waterfall>,
    /// How many were written when that was last looked at.
    written: u64,
    ledger: Arc<Ledger>,
}

impl Destination for ConsoleDestination {
    /// Shows each trace whose local root is in the chunk. The local root ends last, except for detached work, which is shown
    /// by itself.
    fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Option<String> {
        let mut complete = Vec::new();
        self.waiting += chunk.len();
        for span in chunk.iter() {
            let span = read(span, |start, end| calendar.times(start, end));
            let trace = span.context.trace_id();
            if span.is_local_root() && !complete.contains(&trace) {
                complete.push(trace);
            }
            self.traces.entry(trace).or_default().push(span);
        }
        for trace in complete {
            if let Some(spans) = self.traces.remove(&trace) {
                self.show(&spans);
            }
        }
        if self.waiting > MAX_WAITING {
            self.show_all();
        }
        None
    }

    fn flush(&mut self, reason: FlushReason) -> Option<String> {
        if reason != FlushReason::Interval {
            self.show_all();
        }
        None
    }

    fn poll_progress(&mut self, context: &mut Context<'_>, _is_shutting_down: bool) -> Poll<SendResult> {
        self.written = ready!(self.outbox.poll_done(context, self.written));
        Poll::Ready(SendResult::Delivered)
    }

    fn batches_made(&self) -> u64 {
        self.outbox.entered()
    }

    fn batches_settled(&self) -> u64 {
        self.outbox.done()
    }

    fn wait_a_moment(&self) {
        self.outbox.wait_until_empty(CLOSE_GRACE);
    }

    fn close(&mut self) {
        self.wait_a_moment();
        for Waterfall { spans, .. } in self.outbox.take_back() {
            self.ledger.lost_at_once(spans, LossReason::Unwritten);
        }
    }
}

impl ConsoleDestination {
    fn show_all(&mut self) {
        for spans in std::mem::take(&mut self.traces).into_values() {
            self.show(&spans);
        }
    }

    fn show(&mut self, spans: &[SpanRecord]) {
        self.waiting -= spans.len();
        let rows: Vec<_> = spans.iter().map(|span| WaterfallRow { service: &self.service, span }).collect();
        let text = format!("{}\n", render(&rows, self.style));
        let (bytes, patience) = (text.len(), self.outbox.patience());
        let waterfall = Waterfall { text, spans: spans.len() as u64 };
        if let Err(Waterfall { spans, .. }) = self.outbox.put(waterfall, bytes, patience) {
            self.ledger.lost_at_once(spans, LossReason::Unwritten);
        }
    }
}
