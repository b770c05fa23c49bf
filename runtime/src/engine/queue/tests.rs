//! Spans that end on many threads while one thread takes them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use crate::engine::clock::moment::Moment;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::span_queue::{QueueLimits, SpanQueue};
use crate::engine::span::limits::Limits;
use crate::engine::span::running_span::{RunningSpan, SpanSource};
use crate::engine::span::scope::Scope;

/// Ends a span with this id, on this thread.
fn end(queue: &Arc<SpanQueue>, id: u64) {
    end_with(queue, id, 0);
}

/// The same with an attribute of so many bytes.
fn end_with(queue: &Arc<SpanQueue>, id: u64, bytes: usize) {
    let mut running = RunningSpan::empty();
    let scope = Scope::new(opentelemetry::InstrumentationScope::default());
    running.reset(SpanSource::Scope(scope, opentelemetry::trace::SpanKind::Internal), 0, &SpanContext::NONE);
    if bytes > 0 {
        running.set_attribute("payload", &"x".repeat(bytes).into(), &Limits::default());
    }
    let context =
        SpanContext::new(TraceId::from(1), SpanId::from(id), TraceFlags::SAMPLED, false, TraceState::NONE);
    queue.count_started();
    queue.add(&running, &context, Moment::Wall(0));
}

fn ids(chunks: &[Box<Chunk>]) -> Vec<SpanId> {
    chunks.iter().flat_map(|chunk| chunk.iter()).map(|span| span.span_id()).collect()
}

/// Many threads record, some of which end meanwhile, while one takes spans all the time.
#[test]
fn every_span_is_taken_once() {
    const THREADS: u64 = 6;
    const SPANS: u64 = 3_000;
    let queue = SpanQueue::new(QueueLimits { waiting: usize::MAX, chunk: 7, wake: 1 });
    let (all_here, is_over) = (Barrier::new(7), AtomicBool::new(false));
    let mut taken = Vec::new();
    std::thread::scope(|scope| {
        let recording: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (queue, all_here) = (&queue, &all_here);
                scope.spawn(move || {
                    all_here.wait();
                    for n in 0..SPANS / 2 {
                        end(queue, 1 + thread * SPANS + n);
                    }
                    // The rest on another thread, which ends at once.
                    let rest = move || (SPANS / 2..SPANS).for_each(|n| end(queue, 1 + thread * SPANS + n));
                    std::thread::scope(|scope| drop(scope.spawn(rest)));
                })
            })
            .collect();
        let exporting = scope.spawn(|| {
            let mut taken = Vec::new();
            all_here.wait();
            while !is_over.load(Ordering::Acquire) {
                let chunks = if taken.len() % 3 == 0 { queue.drain_all() } else { queue.receive(0) };
                for chunk in chunks {
                    taken.extend(ids(std::slice::from_ref(&chunk)));
                    queue.recycle(chunk);
                }
            }
            taken.extend(ids(&queue.drain_all()));
            taken
        });
        recording.into_iter().for_each(|thread| thread.join().expect("no panic"));
        is_over.store(true, Ordering::Release);
        taken = exporting.join().expect("no panic");
    });
    assert_eq!(taken.len() as u64, THREADS * SPANS);
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), taken.len());
    let counts = queue.counts();
    assert_eq!((counts.started, counts.ended, counts.full), (THREADS * SPANS, THREADS * SPANS, 0));
}

#[test]
fn a_chunk_over_the_limit_is_dropped_and_counted() {
    let queue = SpanQueue::new(QueueLimits { waiting: 5, chunk: 2, wake: 1 });
    (1..=9).for_each(|id| end(&queue, id));
    // Two chunks wait; two more did not fit; one span is still in its buffer.
    assert_eq!(queue.counts().full, 4);
    assert_eq!(ids(&queue.receive(usize::MAX)).len(), 4);
    assert_eq!(ids(&queue.drain_all()).len(), 1);
    (10..=11).for_each(|id| end(&queue, id));
    assert_eq!(ids(&queue.receive(usize::MAX)).len(), 2, "there is room again");
}

#[test]
fn spans_that_end_after_the_close_are_counted() {
    let queue = SpanQueue::new(QueueLimits { waiting: 5, chunk: 2, wake: 1 });
    end(&queue, 1);
    queue.close();
    assert_eq!(ids(&queue.drain_all()).len(), 1);
    end(&queue, 2);
    assert!(queue.drain_all().is_empty());
    let counts = queue.counts();
    assert_eq!((counts.started, counts.ended, counts.after_close), (2, 2, 1));
}

/// A span that ends while the exporter collects spans for the last time.
#[test]
fn spans_left_in_a_buffer_at_the_close_are_counted() {
    let queue = SpanQueue::new(QueueLimits { waiting: 5, chunk: 2, wake: 1 });
    end(&queue, 1);
    queue.close();
    assert_eq!(queue.counts().after_close, 0, "it may still be collected");
    queue.set_drained();
    assert_eq!(queue.counts().after_close, 1);
    assert_eq!(queue.counts().after_close, 1);
}

/// A span that ended before `drain_all` is found, though its thread goes on recording; or the queue says that it missed one.
#[test]
fn ended_spans_are_found_while_their_thread_goes_on() {
    let queue = SpanQueue::new(QueueLimits { waiting: usize::MAX, chunk: 64, wake: 64 });
    let (ended, seen, is_over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    /// Stops the thread after a failure, too.
    struct StopOnDrop<'a>(&'a AtomicBool);
    impl Drop for StopOnDrop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        let _stop = StopOnDrop(&is_over);
        scope.spawn(|| {
            let mut id = 0;
            while !is_over.load(Ordering::Relaxed) {
                // Reading may be slower than recording: without a bound, what is waiting would outgrow the memory.
                if id > seen.load(Ordering::Relaxed) + 10_000 {
                    std::thread::yield_now();
                    continue;
                }
                id += 1;
                end(&queue, id);
                ended.store(id, Ordering::Release);
            }
        });
        let mut last = 0;
        for _ in 0..20_000 {
            let ended_before = ended.load(Ordering::Acquire);
            let chunks = queue.drain_all();
            let found = ids(&chunks).into_iter().map(|id| u64::from_be_bytes(id.to_bytes())).max();
            last = found.unwrap_or(last).max(last);
            assert!(last >= ended_before || queue.has_missed_chunk(), "{last} of {ended_before}");
            seen.store(last, Ordering::Relaxed);
            chunks.into_iter().for_each(|chunk| queue.recycle(chunk));
        }
    });
}

/// Each of many threads buffers less than each of few, so that all of them together have a bound.
#[test]
fn the_buffers_of_many_threads_have_a_bound_together() {
    const THREADS: usize = 600;
    const SPANS: u64 = 60;
    let queue = SpanQueue::new(QueueLimits { waiting: usize::MAX, chunk: 512, wake: usize::MAX });
    let (all_done, is_measured) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64)
            .map(|thread| {
                let (queue, all_done, is_measured) = (&queue, &all_done, &is_measured);
                scope.spawn(move || {
                    (1..=SPANS).for_each(|span| end_with(queue, thread * SPANS + span, 1_000));
                    all_done.wait();
                    is_measured.wait();
                })
            })
            .collect();
        all_done.wait();
        let sent: usize = queue.receive(usize::MAX).iter().map(|chunk| chunk.len()).sum();
        let buffered = queue.drain_all();
        is_measured.wait();
        let bytes: usize = buffered.iter().map(|chunk| chunk.bytes()).sum();
        // More than the bound, since the first threads did not know of the others. Without it, it would be 36 million.
        assert!(bytes <= 26 << 20, "{bytes} bytes in the buffers of {THREADS} threads");
        let spans: usize = buffered.iter().map(|chunk| chunk.len()).sum();
        assert_eq!(sent + spans, THREADS * 60);
        // This waits for the end of what is local to them, too.
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
    // The threads have ended, so one has all of the room again.
    (0..200).for_each(|id| end_with(&queue, id + 1_000_000, 1_000));
    assert!(queue.receive(usize::MAX).is_empty(), "200,000 bytes wait in a buffer");
}
