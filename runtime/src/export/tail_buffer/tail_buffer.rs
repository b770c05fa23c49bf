//! The buffer for [`KeepOnError`]: spans that were not sampled wait here until it is known whether their trace failed.
//!
//! A local root may arrive before its descendants, since each thread has a buffer of its own. All spans that ended before
//! the local root have arrived once every thread's buffer was collected again. So a trace is decided at the next *pass* after its
//! root: a collection of all threads' buffers. A thread that is interrupted while it writes to its buffer is waited for, for one
//! more pass.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Value;
use opentelemetry::trace::TraceId;

use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::{Chunk, EndedSpan};
use crate::engine::queue::span_queue::SpanQueue;
use crate::export::destination::destination::FlushReason;
use crate::export::ledger::ledger::Ledger;
use crate::export::tail_buffer::kept_traces::KeptTraces;
use crate::export::tail_buffer::trace::{BufferedTrace, LocalRoot};
use crate::otlp::fields::span as fields;
use crate::otlp::put_attribute;
use crate::sampling::KeepOnError;

pub(super) type ChunkList = Vec<Box<Chunk>>;

#[derive(Debug)]
pub(in crate::export) struct TailBuffer {
    settings: KeepOnError,
    ledger: Arc<Ledger>,
    pub(super) traces: HashMap<TraceId, BufferedTrace>,
    /// The traces in the order in which they are decided if memory runs out: first those without a failure, oldest first.
    pub(super) order: BTreeMap<(bool, u64), TraceId>,
    last_number: u64,
    /// The bytes of memory that all traces take.
    pub(super) memory: usize,
    /// How many passes there were.
    passes: u64,
    /// Whether the last pass missed a thread that was writing.
    was_behind: bool,
    /// Traces that were kept: their later spans are exported too.
    kept: KeptTraces,
}

impl TailBuffer {
    pub(in crate::export) fn new(settings: KeepOnError, ledger: Arc<Ledger>) -> Self {
        if let Some(slow) = settings.slower_than.filter(|slow| *slow >= settings.timeout) {
            let within = settings.timeout;
            diag::warn_once("slower_than", || {
                format!(
                    "`KeepOnError::slower_than` is {slow:?}, but spans are held for only {within:?} (`KeepOnError::timeout`): \
                     no slow trace is kept whole"
                )
            });
        }
        Self {
            settings,
            ledger,
            traces: HashMap::new(),
            order: BTreeMap::new(),
            last_number: 0,
            memory: 0,
            passes: 0,
            was_behind: false,
            kept: KeptTraces::default(),
        }
    }

    /// Returns the spans to export: those that were sampled, and those that are kept. The others stay in the buffer.
    pub(in crate::export) fn filter(
        &mut self,
        chunks: ChunkList,
        flush: Option<FlushReason>,
        queue: &SpanQueue,
        calendar: &Calendar,
    ) -> ChunkList {
        self.filter_at(Instant::now(), chunks, flush, queue, calendar)
    }

    pub(super) fn filter_at(
        &mut self,
        now: Instant,
        chunks: ChunkList,
        flush: Option<FlushReason>,
        queue: &SpanQueue,
        calendar: &Calendar,
    ) -> ChunkList {
        let mut out = Vec::new();
        // A flush follows a pass. If it missed a thread nothing is decided before the next one.
        if flush.is_some() {
            self.was_behind = queue.has_missed_chunk() && !self.was_behind;
            self.passes += u64::from(!self.was_behind);
        }
        self.add_chunks(now, chunks, queue, calendar, &mut out);
        if matches!(flush, Some(FlushReason::Flush | FlushReason::Shutdown)) {
            // A caller waits for all that has ended by now.
            self.passes += 1;
            self.add_chunks(now, queue.drain_all(), queue, calendar, &mut out);
            if queue.has_missed_chunk() {
                self.add_chunks(now, queue.drain_all(), queue, calendar, &mut out);
            }
        }
        if flush.is_some() {
            self.decide_ended(now, &mut out);
            if flush == Some(FlushReason::Shutdown) && queue.is_aborting() {
                self.keep_all(now, &mut out);
            }
            self.decide_old(now, flush == Some(FlushReason::Shutdown), &mut out);
        }
        out
    }

    fn add_chunks(
        &mut self,
        now: Instant,
        chunks: ChunkList,
        queue: &SpanQueue,
        calendar: &Calendar,
        out: &mut ChunkList,
    ) {
        for chunk in chunks {
            if !chunk.iter().any(|span| span.is_tail_buffered()) {
                out.push(chunk);
                continue;
            }
            let mut exported = Box::new(Chunk::default());
            for span in chunk.iter() {
                if !span.is_tail_buffered() || self.kept.contains(span.trace_id()) {
                    self.export(span, &[], &mut exported);
                } else {
                    self.add_span(now, span, calendar, out);
                }
            }
            queue.recycle(chunk);
            if exported.len() > 0 {
                out.push(exported);
            }
        }
    }

    fn add_span(&mut self, now: Instant, span: EndedSpan<'_>, calendar: &Calendar, out: &mut ChunkList) {
        let id = span.trace_id();
        let trace = self.traces.entry(id).or_insert_with(|| {
            self.last_number += 1;
            self.order.insert((false, self.last_number), id);
            BufferedTrace::new(self.last_number, now)
        });
        if span.is_error() && !trace.has_failed {
            self.order.remove(&(false, trace.number));
            self.order.insert((true, trace.number), id);
            trace.has_failed = true;
        }
        if span.is_local_root() {
            let took = Duration::from_nanos(calendar.duration(span.start(), span.end()));
            let is_slow = self.settings.slower_than.is_some_and(|most| took > most);
            trace.roots.push(LocalRoot { span: span.span_id(), is_slow, pass: self.passes });
        }
        trace.spans.add(span, &[]);
        let memory = trace.measure_memory();
        let before = std::mem::replace(&mut trace.memory, memory);
        self.memory = self.memory + memory - before;
        if trace.spans.len() > self.settings.max_spans_per_trace {
            self.decide_early(now, id, out);
        }
        while self.memory > self.settings.max_bytes
            && let Some((_, first)) = self.order.first_key_value()
        {
            diag::warn_once("tail buffer", || {
                "the spans held for `KeepOnError` take more memory than `KeepOnError::max_bytes` allows, so traces are decided \
                 before they have ended (this is not logged again)"
                    .to_owned()
            });
            self.decide_early(now, *first, out);
        }
    }

    /// Decides the traces whose local root came before the last pass.
    fn decide_ended(&mut self, now: Instant, out: &mut ChunkList) {
        let passes = self.passes;
        let has_ended = |trace: &BufferedTrace| trace.roots.iter().any(|root| root.pass < passes);
        let ended: Vec<_> =
            self.traces.iter().filter(|(_, trace)| has_ended(trace)).map(|(id, _)| *id).collect();
        for id in ended {
            let Some(mut trace) = self.take_out(id) else { continue };
            let is_slow = trace.roots.iter().any(|root| root.is_slow);
            if trace.has_failed || is_slow {
                self.keep(now, id, &trace, out);
                continue;
            }
            let discarded = trace.discard(passes);
            self.ledger.discarded(discarded);
            if trace.spans.len() > 0 {
                // These are of another local root, or of work that goes on.
                self.put_back(id, trace);
            }
        }
    }

    /// Decides the traces that have waited for too long; at a shutdown, all of them.
    fn decide_old(&mut self, now: Instant, is_over: bool, out: &mut ChunkList) {
        let within = self.settings.timeout;
        let is_old = |trace: &BufferedTrace| is_over || trace.is_old(now, within);
        let old: Vec<_> = self.traces.iter().filter(|(_, trace)| is_old(trace)).map(|(id, _)| *id).collect();
        for id in old {
            self.decide_early(now, id, out);
        }
        self.kept.remove_old(now, within);
    }

    /// Keeps all traces: a panic ends the process, and it is not known in which of them.
    fn keep_all(&mut self, now: Instant, out: &mut ChunkList) {
        let all: Vec<_> = self.traces.keys().copied().collect();
        for id in all {
            if let Some(trace) = self.take_out(id) {
                self.keep(now, id, &trace, out);
            }
        }
    }

    /// Decides a trace by what is known of it so far.
    fn decide_early(&mut self, now: Instant, id: TraceId, out: &mut ChunkList) {
        let Some(trace) = self.take_out(id) else { return };
        if trace.has_failed || trace.roots.iter().any(|root| root.is_slow) {
            return self.keep(now, id, &trace, out);
        }
        let spans = trace.spans.len() as u64;
        self.ledger.discarded(spans);
        // It is not early if the trace ended before the last pass, or if these spans came later and had their time.
        let is_known = !trace.roots.is_empty() && trace.roots.iter().all(|root| root.pass < self.passes);
        let was_late = trace.roots.is_empty() && trace.is_late && trace.is_old(now, self.settings.timeout);
        if !is_known && !was_late {
            self.ledger.discarded_early(spans);
        }
    }

    /// Exports a trace. Its local roots say why, in `spanwise.kept`.
    fn keep(&mut self, now: Instant, id: TraceId, trace: &BufferedTrace, out: &mut ChunkList) {
        let is_slow = trace.roots.iter().any(|root| root.is_slow);
        let why = if trace.has_failed {
            "error"
        } else if is_slow {
            "slow"
        } else {
            "panic"
        };
        let mut reason = Vec::new();
        put_attribute(&mut reason, fields::ATTRIBUTES, "spanwise.kept", &Value::from(why), usize::MAX);
        let mut kept = Box::new(Chunk::default());
        for span in trace.spans.iter() {
            self.export(span, if span.is_local_root() { &reason } else { &[] }, &mut kept);
        }
        if kept.len() > 0 {
            out.push(kept);
        }
        self.kept.add(now, id);
    }

    /// Exports a span, unless a hook has dropped it: such a span is here only for its outcome.
    fn export(&self, span: EndedSpan<'_>, more: &[u8], exported: &mut Chunk) {
        if span.is_dropped_by_hook() {
            self.ledger.discarded(1);
        } else {
            exported.add(span, more);
        }
    }

    fn take_out(&mut self, id: TraceId) -> Option<BufferedTrace> {
        let trace = self.traces.remove(&id)?;
        self.order.remove(&(trace.has_failed, trace.number));
        self.memory -= trace.memory;
        Some(trace)
    }

    fn put_back(&mut self, id: TraceId, trace: BufferedTrace) {
        self.order.insert((trace.has_failed, trace.number), id);
        self.memory += trace.memory;
        self.traces.insert(id, trace);
    }
}
