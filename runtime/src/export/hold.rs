//! Spans that the sampler has said no to, held until it is known whether something went wrong.
//!
//! They come from many threads, a local root now and then before what is under it. All that had ended before it is here
//! once the threads' shelves have been looked at again; so nothing is decided before that. A thread that the system has put to sleep
//! with its spans in hand is waited for until one look more, and no longer.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, TraceId};

use super::ledger::Ledger;
use super::output::Seal;
use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::{Chunk, EndedSpan};
use crate::engine::queue::span_queue::SpanQueue;
use crate::otlp::put_attribute;
use crate::sampling::KeepOnError;

type Chunks = Vec<Box<Chunk>>;

/// Traces of which it is remembered that they were kept.
const MOST_REMEMBERED: usize = 16_384;
/// What a trace takes beside its spans, in bytes.
const OF_A_TRACE: usize = size_of::<Held>() + 128;

#[derive(Debug)]
pub(super) struct Hold {
    settings: KeepOnError,
    ledger: Arc<Ledger>,
    traces: HashMap<TraceId, Held>,
    /// The traces by what is given up first: those without a failure, and of these the oldest.
    order: BTreeMap<(bool, u64), TraceId>,
    next: u64,
    memory: usize,
    /// How often all threads were looked at.
    looks: u64,
    /// At the last look one was missed.
    was_behind: bool,
    kept: Remembered,
}

/// What is held of a trace.
#[derive(Debug)]
struct Held {
    number: u64,
    since: Instant,
    has_failed: bool,
    spans: Chunk,
    memory: usize,
    /// The local roots among them.
    roots: Vec<Root>,
    /// One has been decided about before.
    is_late: bool,
}

#[derive(Clone, Copy, Debug)]
struct Root {
    span: SpanId,
    is_slow: bool,
    /// After how many looks it came.
    look: u64,
}

impl Hold {
    pub(super) fn new(settings: KeepOnError, ledger: Arc<Ledger>) -> Self {
        if let Some(slow) = settings.slower_than.filter(|slow| *slow >= settings.within) {
            let within = settings.within;
            diag::warn_once("slower_than", || {
                format!(
                    "traces are to be kept that take longer than {slow:?}, and their spans are held for {within:?}: no trace \
                     is kept whole for being slow (`KeepOnError::within`)"
                )
            });
        }
        Self {
            settings,
            ledger,
            traces: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
            memory: 0,
            looks: 0,
            was_behind: false,
            kept: Remembered::default(),
        }
    }

    /// What goes on of what has ended: what was sampled, and what is kept.
    pub(super) fn pass(
        &mut self,
        chunks: Chunks,
        seal: Option<Seal>,
        queue: &SpanQueue,
        calendar: &Calendar,
    ) -> Chunks {
        self.pass_at(Instant::now(), chunks, seal, queue, calendar)
    }

    fn pass_at(
        &mut self,
        now: Instant,
        chunks: Chunks,
        seal: Option<Seal>,
        queue: &SpanQueue,
        calendar: &Calendar,
    ) -> Chunks {
        let mut out = Vec::new();
        // All threads were looked at for this. Where one was missed then nothing is decided before the next look.
        if seal.is_some() {
            self.was_behind = queue.has_missed_chunk() && !self.was_behind;
            self.looks += u64::from(!self.was_behind);
        }
        self.take_in(now, chunks, queue, calendar, &mut out);
        if matches!(seal, Some(Seal::Flush | Seal::Shutdown)) {
            // Someone waits for what has ended by now.
            self.looks += 1;
            self.take_in(now, queue.drain_all(), queue, calendar, &mut out);
            if queue.has_missed_chunk() {
                self.take_in(now, queue.drain_all(), queue, calendar, &mut out);
            }
        }
        if seal.is_some() {
            self.decide_what_has_ended(now, &mut out);
            if seal == Some(Seal::Shutdown) && queue.is_aborting() {
                self.keep_all(now, &mut out);
            }
            self.decide_what_is_old(now, seal == Some(Seal::Shutdown), &mut out);
        }
        out
    }

    fn take_in(
        &mut self,
        now: Instant,
        chunks: Chunks,
        queue: &SpanQueue,
        calendar: &Calendar,
        out: &mut Chunks,
    ) {
        for chunk in chunks {
            if !chunk.iter().any(|span| span.is_tail_buffered()) {
                out.push(chunk);
                continue;
            }
            let mut passed = Box::new(Chunk::default());
            for span in chunk.iter() {
                if !span.is_tail_buffered() || self.kept.has(span.trace_id()) {
                    self.let_pass(span, &[], &mut passed);
                } else {
                    self.hold(now, span, calendar, out);
                }
            }
            queue.recycle(chunk);
            if passed.len() > 0 {
                out.push(passed);
            }
        }
    }

    fn hold(&mut self, now: Instant, span: EndedSpan<'_>, calendar: &Calendar, out: &mut Chunks) {
        let id = span.trace_id();
        let held = self.traces.entry(id).or_insert_with(|| {
            self.next += 1;
            self.order.insert((false, self.next), id);
            Held::new(self.next, now)
        });
        if span.is_error() && !held.has_failed {
            self.order.remove(&(false, held.number));
            self.order.insert((true, held.number), id);
            held.has_failed = true;
        }
        if span.is_local_root() {
            let took = calendar.nanoseconds(span.end()).saturating_sub(calendar.nanoseconds(span.start()));
            let is_slow = self.settings.slower_than.is_some_and(|most| Duration::from_nanos(took) > most);
            held.roots.push(Root { span: span.span_id(), is_slow, look: self.looks });
        }
        held.spans.add(span, &[]);
        let takes = held.takes();
        let before = std::mem::replace(&mut held.memory, takes);
        self.memory = self.memory + held.memory - before;
        if held.spans.len() > self.settings.spans_per_trace {
            self.decide_early(now, id, out);
        }
        while self.memory > self.settings.bytes
            && let Some((_, first)) = self.order.first_key_value()
        {
            diag::warn_once("hold", || {
                "traces that are held to be kept on error take more memory than they may, and are decided before they have \
                 ended; `KeepOnError::bytes` says how much they may take (further ones are not told)"
                    .to_owned()
            });
            self.decide_early(now, *first, out);
        }
    }

    fn decide_what_has_ended(&mut self, now: Instant, out: &mut Chunks) {
        let looks = self.looks;
        let has_ended = |held: &Held| held.roots.iter().any(|root| root.look < looks);
        let ended: Vec<_> =
            self.traces.iter().filter(|(_, held)| has_ended(held)).map(|(id, _)| *id).collect();
        for id in ended {
            let Some(mut held) = self.take_out(id) else { continue };
            let is_slow = held.roots.iter().any(|root| root.is_slow);
            if held.has_failed || is_slow {
                self.keep(now, id, &held, out);
                continue;
            }
            let discarded = held.discard(looks);
            self.ledger.discarded(discarded);
            if held.spans.len() > 0 {
                // Of another root, or of something that goes on.
                self.put_back(id, held);
            }
        }
    }

    fn decide_what_is_old(&mut self, now: Instant, is_over: bool, out: &mut Chunks) {
        let within = self.settings.within;
        let is_old = |held: &Held| is_over || held.is_old(now, within);
        let old: Vec<_> = self.traces.iter().filter(|(_, held)| is_old(held)).map(|(id, _)| *id).collect();
        for id in old {
            self.decide_early(now, id, out);
        }
        self.kept.forget(now, within);
    }

    /// A panic ends the process, and which of the traces it was in nobody knows: its spans do not end any more.
    fn keep_all(&mut self, now: Instant, out: &mut Chunks) {
        let all: Vec<_> = self.traces.keys().copied().collect();
        for id in all {
            if let Some(held) = self.take_out(id) {
                self.keep(now, id, &held, out);
            }
        }
    }

    /// Decides by what is known of a trace so far.
    fn decide_early(&mut self, now: Instant, id: TraceId, out: &mut Chunks) {
        let Some(held) = self.take_out(id) else { return };
        if held.has_failed || held.roots.iter().any(|root| root.is_slow) {
            return self.keep(now, id, &held, out);
        }
        let spans = held.spans.len() as u64;
        self.ledger.discarded(spans);
        // It is known of what has ended before the last look; and what followed that has had its time.
        let is_known = !held.roots.is_empty() && held.roots.iter().all(|root| root.look < self.looks);
        let was_late = held.roots.is_empty() && held.is_late && held.is_old(now, self.settings.within);
        if !is_known && !was_late {
            self.ledger.discarded_early(spans);
        }
    }

    fn keep(&mut self, now: Instant, id: TraceId, held: &Held, out: &mut Chunks) {
        let is_slow = held.roots.iter().any(|root| root.is_slow);
        let why = if held.has_failed {
            "error"
        } else if is_slow {
            "slow"
        } else {
            "panic"
        };
        let mut said = Vec::new();
        put_attribute(&mut said, 9, "spanwise.kept", &Value::from(why), usize::MAX);
        let mut kept = Box::new(Chunk::default());
        for span in held.spans.iter() {
            self.let_pass(span, if span.is_local_root() { &said } else { &[] }, &mut kept);
        }
        if kept.len() > 0 {
            out.push(kept);
        }
        self.kept.remember(now, id);
    }

    /// All but what a hook has dropped, of which it was only to be known how it ended.
    fn let_pass(&self, span: EndedSpan<'_>, more: &[u8], passed: &mut Chunk) {
        if span.is_dropped_by_hook() {
            self.ledger.discarded(1);
        } else {
            passed.add(span, more);
        }
    }

    fn take_out(&mut self, id: TraceId) -> Option<Held> {
        let held = self.traces.remove(&id)?;
        self.order.remove(&(held.has_failed, held.number));
        self.memory -= held.memory;
        Some(held)
    }

    fn put_back(&mut self, id: TraceId, held: Held) {
        self.order.insert((held.has_failed, held.number), id);
        self.memory += held.memory;
        self.traces.insert(id, held);
    }
}

impl Held {
    fn new(number: u64, since: Instant) -> Self {
        Self {
            number,
            since,
            has_failed: false,
            spans: Chunk::default(),
            memory: 0,
            roots: Vec::new(),
            is_late: false,
        }
    }

    fn is_old(&self, now: Instant, within: Duration) -> bool {
        now.duration_since(self.since) >= within
    }

    /// How many bytes of memory it takes.
    fn takes(&self) -> usize {
        OF_A_TRACE + self.spans.memory() + self.roots.capacity() * size_of::<Root>()
    }

    /// Takes away what is under the roots that came before this look. How many spans these are.
    fn discard(&mut self, look: u64) -> u64 {
        let mut children: HashMap<SpanId, Vec<SpanId>> = HashMap::new();
        for span in self.spans.iter() {
            children.entry(span.parent_span_id()).or_default().push(span.span_id());
        }
        let (ended, open): (Vec<Root>, Vec<Root>) =
            self.roots.iter().copied().partition(|root| root.look < look);
        let mut waiting: Vec<SpanId> = ended.iter().map(|root| root.span).collect();
        let mut discarded: HashSet<SpanId> = HashSet::new();
        while let Some(span) = waiting.pop() {
            // Whatever a peer has sent: each span is come to once.
            if discarded.insert(span) {
                waiting.extend(children.remove(&span).unwrap_or_default());
            }
        }
        let mut rest = Chunk::default();
        for span in self.spans.iter().filter(|span| !discarded.contains(&span.span_id())) {
            rest.add(span, &[]);
        }
        let count = (self.spans.len() - rest.len()) as u64;
        self.spans = rest;
        self.roots = open;
        self.memory = self.takes();
        self.is_late = true;
        count
    }
}

/// Traces that were kept, for what follows of them.
#[derive(Debug, Default)]
struct Remembered {
    traces: HashSet<TraceId>,
    since: VecDeque<(Instant, TraceId)>,
}

impl Remembered {
    fn has(&self, trace: TraceId) -> bool {
        self.traces.contains(&trace)
    }

    fn remember(&mut self, now: Instant, trace: TraceId) {
        if self.traces.insert(trace) {
            self.since.push_back((now, trace));
        }
        if self.since.len() > MOST_REMEMBERED {
            self.forget_first();
        }
    }

    fn forget(&mut self, now: Instant, within: Duration) {
        while self.since.front().is_some_and(|(since, _)| now.duration_since(*since) >= within) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, trace)) = self.since.pop_front() {
            self.traces.remove(&trace);
        }
    }
}

#[cfg(all(test, feature = "testing"))]
#[path = "hold_tests.rs"]
mod tests;
