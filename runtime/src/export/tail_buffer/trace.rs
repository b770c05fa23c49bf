//! The buffered spans of one trace.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use opentelemetry::trace::SpanId;

use crate::engine::queue::chunk::Chunk;

/// The memory that a trace takes apart from its spans, in bytes.
pub(super) const TRACE_OVERHEAD: usize = size_of::<BufferedTrace>() + 128;

#[derive(Debug)]
pub(super) struct BufferedTrace {
    /// The place among all traces by age.
    pub(super) number: u64,
    pub(super) since: Instant,
    pub(super) has_failed: bool,
    pub(super) spans: Chunk,
    /// The bytes of memory that it was counted with.
    pub(super) memory: usize,
    pub(super) roots: Vec<LocalRoot>,
    /// Whether an earlier local root of the trace was decided before.
    pub(super) is_late: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct LocalRoot {
    pub(super) span: SpanId,
    pub(super) is_slow: bool,
    /// How many passes there had been when it arrived.
    pub(super) pass: u64,
}

impl BufferedTrace {
    pub(super) fn new(number: u64, since: Instant) -> Self {
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

    /// Whether it has waited for this long.
    pub(super) fn is_old(&self, now: Instant, timeout: Duration) -> bool {
        now.duration_since(self.since) >= timeout
    }

    /// The bytes of memory that it takes now.
    pub(super) fn measure_memory(&self) -> usize {
        TRACE_OVERHEAD + self.spans.memory() + self.roots.capacity() * size_of::<LocalRoot>()
    }

    /// Removes the local roots that arrived before this pass, and their descendants. Returns how many spans these are.
    pub(super) fn discard(&mut self, pass: u64) -> u64 {
        let mut children: HashMap<SpanId, Vec<SpanId>> = HashMap::new();
        for span in self.spans.iter() {
            children.entry(span.parent_span_id()).or_default().push(span.span_id());
        }
        let (ended, open): (Vec<LocalRoot>, Vec<LocalRoot>) =
            self.roots.iter().copied().partition(|root| root.pass < pass);
        let mut waiting: Vec<SpanId> = ended.iter().map(|root| root.span).collect();
        let mut discarded: HashSet<SpanId> = HashSet::new();
        while let Some(span) = waiting.pop() {
            // Each span is visited once, even if the parents form a circle.
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
        self.memory = self.measure_memory();
        self.is_late = true;
        count
    }
}
