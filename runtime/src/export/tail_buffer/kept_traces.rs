//! The traces that were kept, so that their later spans are exported too.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use opentelemetry::trace::TraceId;

/// The most traces that are remembered.
const MAX_TRACES: usize = 16_384;

#[derive(Debug, Default)]
pub(super) struct KeptTraces {
    traces: HashSet<TraceId>,
    /// The same traces, oldest first.
    since: VecDeque<(Instant, TraceId)>,
}

impl KeptTraces {
    pub(super) fn contains(&self, trace: TraceId) -> bool {
        self.traces.contains(&trace)
    }

    pub(super) fn add(&mut self, now: Instant, trace: TraceId) {
        if self.traces.insert(trace) {
            self.since.push_back((now, trace));
        }
        if self.since.len() > MAX_TRACES {
            self.remove_oldest();
        }
    }

    /// Forgets the traces that were kept this long ago.
    pub(super) fn remove_old(&mut self, now: Instant, timeout: Duration) {
        while self.since.front().is_some_and(|(since, _)| now.duration_since(*since) >= timeout) {
            self.remove_oldest();
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, trace)) = self.since.pop_front() {
            self.traces.remove(&trace);
        }
    }
}
