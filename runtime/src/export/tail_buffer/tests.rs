//! Which spans are held, kept and discarded, tested with a real recorder and a simulated clock.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry_sdk::trace::Sampler;
use proptest::prelude::*;

use crate::engine::clock::Calendar;
use crate::engine::provider::tracer_provider::RecorderProvider;
use crate::engine::queue::span_queue::{QueueLimits, SpanQueue};
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::limits::Limits;
use crate::export::destination::destination::FlushReason;
use crate::export::ledger::ledger::Ledger;
use crate::export::tail_buffer::tail_buffer::{ChunkList, TailBuffer};
use crate::export::tail_buffer::trace::TRACE_OVERHEAD;
use crate::hook::{Decision, SpanHook, SpanMut};
use crate::sampling::config::SamplerConfig;
use crate::sampling::{ConsistentProbability, KeepOnError, Rules, Spans};

/// A recorder that samples nothing, and the tail buffer behind it.
struct TestRecorder {
    queue: Arc<SpanQueue>,
    provider: RecorderProvider,
    buffer: TailBuffer,
    calendar: Calendar,
    began: Instant,
    ledger: Arc<Ledger>,
}

impl TestRecorder {
    fn new(settings: KeepOnError) -> Self {
        Self::sampling(settings, Sampler::AlwaysOff)
    }

    fn sampling(settings: KeepOnError, root: Sampler) -> Self {
        Self::of(settings, SamplerConfig::parent_based(root))
    }

    fn of(settings: KeepOnError, sampling: SamplerConfig) -> Self {
        Self::hooked(settings, sampling, Vec::new())
    }

    fn hooked(settings: KeepOnError, mut sampling: SamplerConfig, hooks: Vec<Box<dyn SpanHook>>) -> Self {
        let queue = SpanQueue::new(QueueLimits { waiting: 1 << 20, chunk: 512, wake: 512 });
        sampling.buffers_unsampled = true;
        let output = SpanOutput::Queue(Arc::clone(&queue));
        let recorder = Recorder::new(sampling, Limits::default(), hooks, output);
        let ledger = Arc::new(Ledger::default());
        Self {
            queue,
            provider: RecorderProvider(recorder),
            buffer: TailBuffer::new(settings, Arc::clone(&ledger)),
            calendar: Calendar::start(),
            began: Instant::now(),
            ledger,
        }
    }

    fn start(&self, name: &'static str, parent: &Context) -> Context {
        let tracer = self.provider.tracer("tests");
        let builder = tracer.span_builder(name).with_kind(SpanKind::Internal);
        parent.with_span(tracer.build_with_context(builder, parent))
    }

    /// A span and a chain of descendants of this depth, of which the last may fail.
    fn trace(&self, parent: &Context, depth: usize, fails: bool) {
        let root = self.start("root", parent);
        let mut open = vec![root];
        for _ in 0..depth {
            let next = self.start("child", &open[open.len() - 1]);
            open.push(next);
        }
        if fails {
            open[depth].span().set_status(Status::error("on purpose"));
        }
        open.iter().rev().for_each(|span| span.span().end());
    }

    fn filter(&mut self, after: u64, chunks: ChunkList, flush: Option<FlushReason>) -> Vec<String> {
        let now = self.began + Duration::from_secs(after);
        let out = self.buffer.filter_at(now, chunks, flush, &self.queue, &self.calendar);
        names(&out)
    }

    /// A pass at this many seconds. Returns the spans to export.
    fn collect(&mut self, after: u64, flush: FlushReason) -> Vec<String> {
        let chunks = self.queue.drain_all();
        self.filter(after, chunks, Some(flush))
    }

    /// How many spans were discarded, and how many of these early.
    fn discarded(&self) -> (u64, u64) {
        let report = self.ledger.report(|| self.queue.counts());
        (report.discarded, report.discarded_early)
    }
}

/// The name of each span, and why it was kept.
fn names(chunks: &ChunkList) -> Vec<String> {
    let records = chunks.iter().flat_map(|chunk| chunk.iter()).map(|span| {
        assert!(!span.is_tail_buffered(), "the flag is not exported");
        crate::engine::queue::record::read(span, |_, _| (0, 0))
    });
    let names = records.map(|span| match span.attribute("spanwise.kept") {
        Some(why) => format!("{}: {why}", span.name),
        None => span.name.to_string(),
    });
    names.collect()
}

#[test]
fn an_error_in_a_descendant_keeps_its_whole_trace_and_no_other() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    recorder.trace(&Context::new(), 5, true);
    recorder.trace(&Context::new(), 5, false);
    assert!(recorder.collect(0, FlushReason::Interval).is_empty(), "another thread may have something of it");
    let mut kept = recorder.collect(1, FlushReason::Interval);
    kept.sort();
    assert_eq!(kept, ["child", "child", "child", "child", "child", "root: error"]);
    assert_eq!(recorder.discarded(), (6, 0));
    assert_eq!(
        (recorder.buffer.memory, recorder.buffer.traces.len(), recorder.buffer.order.len()),
        (0, 0, 0)
    );
}

#[test]
fn a_flush_decides_at_once() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    recorder.trace(&Context::new(), 1, true);
    recorder.trace(&Context::new(), 1, false);
    assert_eq!(recorder.collect(0, FlushReason::Flush).len(), 2);
    assert_eq!(recorder.discarded(), (2, 0));
}

#[test]
fn a_slow_root_keeps_its_trace() {
    let mut recorder = TestRecorder::new(KeepOnError::new().slower_than(Duration::ZERO));
    recorder.trace(&Context::new(), 1, false);
    assert_eq!(recorder.collect(0, FlushReason::Flush), ["child", "root: slow"]);
    let mut recorder = TestRecorder::new(KeepOnError::new().slower_than(Duration::from_secs(3600)));
    recorder.trace(&Context::new(), 1, false);
    assert!(recorder.collect(0, FlushReason::Flush).is_empty());
}

#[test]
fn sampled_spans_are_not_held() {
    let mut recorder = TestRecorder::sampling(KeepOnError::new(), Sampler::AlwaysOn);
    recorder.trace(&Context::new(), 2, false);
    assert_eq!(recorder.collect(0, FlushReason::Interval), ["child", "child", "root"]);
}

/// A remote parent that is not sampled.
fn caller() -> Context {
    caller_with(0)
}

fn caller_with(flags: u8) -> Context {
    let caller = SpanContext::new(
        TraceId::from(77),
        SpanId::from(78),
        TraceFlags::new(flags),
        true,
        TraceState::default(),
    );
    Context::new().with_remote_span_context(caller)
}

/// The flag marks buffered spans within this process only.
#[test]
fn a_bit_of_the_caller_s_flags_is_not_taken_for_the_buffer_s() {
    let flags = |context: &Context| context.span().span_context().trace_flags().to_u8();
    let recorder = TestRecorder::sampling(KeepOnError::new(), Sampler::AlwaysOn);
    let sampled = recorder.start("sampled", &caller_with(0x83));
    assert_eq!((flags(&sampled), flags(&recorder.start("child", &sampled))), (0x03, 0x03));

    let rules = Rules::new()
        .drop(Spans::named("dropped"))
        .keep(Spans::named("sampled"))
        .otherwise(Sampler::AlwaysOff);
    let mut recorder = TestRecorder::of(KeepOnError::new(), SamplerConfig::new(rules));
    let dropped = recorder.start("dropped", &caller_with(0x80));
    assert_eq!(flags(&dropped), 0);
    let sampled = recorder.start("sampled", &caller_with(0x80));
    let under = recorder.start("dropped", &recorder.start("recorder", &sampled));
    assert_eq!((flags(&sampled), flags(&under)), (1, 0));
    sampled.span().end();
    assert_eq!(recorder.collect(0, FlushReason::Flush), ["sampled"]);
}

#[test]
fn a_local_root_that_arrives_first_waits_for_its_descendants() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    let root = recorder.start("root", &caller());
    let child = recorder.start("child", &root);
    child.span().set_status(Status::error(""));
    root.span().end();
    let of_root = recorder.queue.drain_all();
    child.span().end();
    let of_child = recorder.queue.drain_all();
    assert!(recorder.filter(0, of_root, None).is_empty());
    assert_eq!(recorder.filter(1, of_child, Some(FlushReason::Interval)), ["root: error", "child"]);
}

#[test]
fn later_spans_of_a_kept_trace_are_kept() {
    let mut recorder = TestRecorder::new(KeepOnError::new().timeout(Duration::from_secs(10)));
    let root = recorder.start("root", &Context::new());
    let [soon, late] = ["soon", "late"].map(|name| recorder.start(name, &root));
    root.span().set_status(Status::error(""));
    root.span().end();
    assert_eq!(recorder.collect(0, FlushReason::Flush), ["root: error"]);
    soon.span().end();
    assert_eq!(recorder.collect(9, FlushReason::Interval), ["soon"]);
    // The trace is forgotten after the timeout.
    assert!(recorder.collect(10, FlushReason::Interval).is_empty());
    late.span().end();
    assert!(recorder.collect(11, FlushReason::Interval).is_empty());
    assert!(recorder.collect(21, FlushReason::Interval).is_empty());
    assert_eq!(recorder.discarded(), (1, 1));
}

#[test]
fn two_local_roots_of_a_trace_are_decided_separately() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    let [one, other] = ["one", "other"].map(|name| recorder.start(name, &caller()));
    let [of_one, of_other] = [&one, &other].map(|root| recorder.start("child", root));
    for span in [&of_one, &of_other, &one] {
        span.span().end();
    }
    assert!(recorder.collect(0, FlushReason::Flush).is_empty());
    assert_eq!(recorder.discarded(), (2, 0));
    other.span().set_status(Status::error(""));
    other.span().end();
    assert_eq!(recorder.collect(1, FlushReason::Flush), ["child", "other: error"]);
}

#[test]
fn a_local_root_that_never_ends_is_decided_after_the_timeout() {
    let mut recorder = TestRecorder::new(KeepOnError::new().timeout(Duration::from_secs(60)));
    let [well, badly] = ["well", "badly"].map(|name| recorder.start(name, &Context::new()));
    recorder.start("child of well", &well).span().end();
    let child = recorder.start("child of badly", &badly);
    child.span().set_status(Status::error(""));
    child.span().end();
    for seconds in [0, 30, 59] {
        assert!(recorder.collect(seconds, FlushReason::Interval).is_empty());
    }
    assert_eq!(recorder.collect(60, FlushReason::Interval), ["child of badly"]);
    assert_eq!(recorder.discarded(), (1, 1));
    badly.span().end();
    well.span().end();
    assert_eq!(recorder.collect(61, FlushReason::Flush), ["badly"], "it follows what was decided");
}

#[test]
fn a_shutdown_empties_the_buffer() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    let root = recorder.start("root", &Context::new());
    recorder.start("child", &root).span().end();
    assert!(recorder.collect(0, FlushReason::Shutdown).is_empty());
    assert_eq!((recorder.discarded(), recorder.buffer.traces.len()), ((1, 1), 0));
}

/// Traces that have ended without a failure are not kept.
#[test]
fn open_traces_are_kept_if_a_panic_ends_the_process() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    recorder.trace(&Context::new(), 1, false);
    let root = recorder.start("root", &Context::new());
    recorder.start("child", &root).span().end();
    recorder.queue.set_aborting();
    assert_eq!(recorder.collect(0, FlushReason::Shutdown), ["child"]);
    assert_eq!((recorder.discarded(), recorder.buffer.traces.len()), ((2, 0), 0));
}

/// A hook that drops local roots and intermediate spans.
#[derive(Debug)]
struct Drops;

impl SpanHook for Drops {
    fn on_end(&self, span: &mut SpanMut<'_>) -> Decision {
        if matches!(span.name(), "root" | "between") { Decision::Drop } else { Decision::Keep }
    }
}

#[test]
fn spans_dropped_by_a_hook_decide_about_their_trace_and_are_not_exported() {
    for fails in [false, true] {
        let sampling = SamplerConfig::parent_based(Sampler::AlwaysOff);
        let mut recorder = TestRecorder::hooked(KeepOnError::new(), sampling, vec![Box::new(Drops)]);
        let root = recorder.start("root", &Context::new());
        let between = recorder.start("between", &root);
        let late = recorder.start("late", &between);
        recorder.start("child", &between).span().end();
        between.span().end();
        if fails {
            root.span().set_status(Status::error(""));
        }
        root.span().end();
        let shown = recorder.collect(0, FlushReason::Flush);
        assert_eq!(shown, if fails { vec!["child"] } else { Vec::new() });
        assert_eq!(recorder.discarded(), (if fails { 2 } else { 3 }, 0));
        assert_eq!(
            (recorder.buffer.traces.len(), recorder.buffer.memory),
            (0, 0),
            "nothing waits for a root that is gone"
        );
        late.span().end();
        let shown = recorder.collect(1, FlushReason::Flush);
        assert_eq!(shown, if fails { vec!["late"] } else { Vec::new() });
    }
}

/// Each tracer has a scope of its own, and an application may get a tracer per span.
#[test]
fn tracers_of_one_name_share_a_scope_in_the_buffer() {
    let mut recorder = TestRecorder::new(KeepOnError::new());
    let root = recorder.start("root", &Context::new());
    let memory = |recorder: &mut TestRecorder| {
        let _ = recorder.collect(0, FlushReason::Interval);
        recorder.buffer.memory
    };
    let scopes = |recorder: &TestRecorder| {
        let spans = recorder.buffer.traces.values().flat_map(|trace| trace.spans.iter());
        spans.filter_map(|span| span.scope().map(Arc::as_ptr)).collect::<HashSet<_>>().len()
    };
    recorder.start("child", &root).span().end();
    let first = memory(&mut recorder);
    for _ in 0..3_000 {
        recorder.start("child", &root).span().end();
    }
    let many = memory(&mut recorder);
    assert_eq!(scopes(&recorder), 1);
    assert!(first > TRACE_OVERHEAD && many < first + 3_000 * 300, "{first} {many}");
    let (tracer, other) = (recorder.provider.tracer("another"), recorder.provider.tracer("a third"));
    for tracer in [tracer, other] {
        tracer.build_with_context(tracer.span_builder("child"), &root).end();
    }
    let _ = recorder.collect(0, FlushReason::Interval);
    assert_eq!(scopes(&recorder), 3);
}

/// A trace is undecided if its root arrived after the last pass, or if its spans came late and had no time yet.
#[test]
fn spans_discarded_before_their_trace_is_decided_count_as_early() {
    let mut recorder = TestRecorder::new(KeepOnError::new().max_spans_per_trace(2));
    recorder.trace(&Context::new(), 2, false);
    assert!(recorder.collect(0, FlushReason::Interval).is_empty());
    assert_eq!(recorder.discarded(), (3, 3));
}

#[test]
fn a_trace_of_too_many_spans_is_decided_early() {
    let mut recorder = TestRecorder::new(KeepOnError::new().max_spans_per_trace(10));
    let root = recorder.start("root", &Context::new());
    for _ in 0..30 {
        recorder.start("child", &root).span().end();
    }
    let _ = recorder.collect(0, FlushReason::Interval);
    assert_eq!(recorder.discarded(), (22, 22));
    assert_eq!(recorder.buffer.traces.values().map(|trace| trace.spans.len()).sum::<usize>(), 8);
}

/// The oldest trace without a failure is discarded first. If all have failed the oldest is exported.
#[test]
fn memory_is_bounded_and_failed_traces_are_given_up_last() {
    const BOUND: usize = 64 << 10;
    let mut recorder = TestRecorder::new(KeepOnError::new().max_bytes(BOUND));
    let mut open = Vec::new();
    let mut passed = Vec::new();
    for number in 0..500 {
        let root = recorder.start("root", &Context::new());
        let child = recorder.start("child", &root);
        if number % 50 == 0 {
            child.span().set_status(Status::error(""));
        }
        child.span().end();
        open.push(root);
        passed.extend(recorder.collect(0, FlushReason::Interval));
        assert!(recorder.buffer.memory <= BOUND, "{}", recorder.buffer.memory);
    }
    assert!(passed.is_empty(), "there was always one without a failure");
    let (discarded, early) = recorder.discarded();
    assert!(early > 100 && discarded == early, "{discarded} {early}");
    assert_eq!(recorder.buffer.traces.values().filter(|trace| trace.has_failed).count(), 10);
    for root in &open {
        root.span().end();
    }
    let kept = recorder.collect(1, FlushReason::Flush);
    assert_eq!(kept.iter().filter(|name| *name == "root: error").count(), 10);
    assert_eq!(recorder.discarded().0 + kept.len() as u64, 1_000);

    let mut recorder = TestRecorder::new(KeepOnError::new().max_bytes(BOUND));
    let mut passed = 0;
    for _ in 0..500 {
        recorder.trace(&Context::new(), 1, true);
        passed += recorder.collect(0, FlushReason::Interval).len();
        assert!(recorder.buffer.memory <= BOUND);
    }
    assert_eq!((passed + recorder.collect(0, FlushReason::Flush).len(), recorder.discarded().0), (1_000, 0));
}

proptest! {
    /// In any order of events, each span is exported, discarded or held, and memory stays within its bound.
    #[test]
    fn every_span_is_somewhere(
        steps in prop::collection::vec((0_usize..6, 0_usize..8, any::<bool>(), 0_u64..8), 1..60),
        bytes in 2_000_usize..20_000,
    ) {
        // On a thread of its own, with its own buffer: so a chunk has many spans, some of which are sampled.
        let case = std::thread::spawn(move || every_span_is_somewhere_after(steps, bytes));
        case.join().expect("no panic")?;
    }
}

fn every_span_is_somewhere_after(
    steps: Vec<(usize, usize, bool, u64)>,
    bytes: usize,
) -> Result<(), TestCaseError> {
    let settings =
        KeepOnError::new().max_bytes(bytes).max_spans_per_trace(5).timeout(Duration::from_secs(30));
    let sampler = SamplerConfig::parent_based(ConsistentProbability::new(0.3));
    let mut recorder = TestRecorder::of(settings, sampler);
    let mut open: Vec<Context> = Vec::new();
    let (mut ended, mut passed, mut time) = (0, 0, 0);
    for (what, which, fails, after) in steps {
        match what {
            0 | 1 => {
                let parent = open.get(which).cloned().unwrap_or_else(Context::new);
                open.push(recorder.start("span", &parent));
            }
            2 | 3 if which < open.len() => {
                let span = open.swap_remove(which);
                if fails {
                    span.span().set_status(Status::error(""));
                }
                span.span().end();
                ended += 1;
            }
            _ => {
                time += after;
                let flush = if what == 4 { FlushReason::Interval } else { FlushReason::Flush };
                passed += recorder.collect(time, flush).len();
                let waiting: usize = recorder.buffer.traces.values().map(|trace| trace.spans.len()).sum();
                prop_assert_eq!(
                    ended,
                    passed + waiting + usize::try_from(recorder.discarded().0).expect("few")
                );
                prop_assert!(recorder.buffer.memory <= bytes);
                let memory: usize = recorder.buffer.traces.values().map(|trace| trace.memory).sum();
                prop_assert_eq!(
                    (recorder.buffer.memory, recorder.buffer.order.len()),
                    (memory, recorder.buffer.traces.len())
                );
            }
        }
    }
    for span in open {
        span.span().end();
        ended += 1;
    }
    passed += recorder.collect(time, FlushReason::Shutdown).len();
    prop_assert_eq!(ended, passed + usize::try_from(recorder.discarded().0).expect("few"));
    prop_assert_eq!(recorder.buffer.memory, 0);
    Ok(())
}
