//! What is held, kept and discarded, with the recorder's own spans and a clock of the test's.

use opentelemetry::Context;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry_sdk::trace::Sampler;
use proptest::prelude::*;

use super::*;
use crate::engine::provider::tracer_provider::RecorderProvider;
use crate::engine::queue::span_queue::QueueLimits;
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::limits::Limits;
use crate::sampling::config::SamplerConfig;
use crate::sampling::{ConsistentProbability, Rules, Spans};
use crate::{Decision, SpanHook, SpanMut};

/// A recorder that samples nothing, and the hold behind it.
struct Held {
    queue: Arc<SpanQueue>,
    provider: RecorderProvider,
    hold: Hold,
    calendar: Calendar,
    began: Instant,
    ledger: Arc<Ledger>,
}

impl Held {
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
            hold: Hold::new(settings, Arc::clone(&ledger)),
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

    /// A span with so many others under it, one under the other, of which the last one may fail.
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

    fn passes(&mut self, after: u64, chunks: Chunks, seal: Option<Seal>) -> Vec<String> {
        let now = self.began + Duration::from_secs(after);
        let out = self.hold.pass_at(now, chunks, seal, &self.queue, &self.calendar);
        names(&out)
    }

    /// A look at all threads after so many seconds: what goes on.
    fn look(&mut self, after: u64, seal: Seal) -> Vec<String> {
        let chunks = self.queue.drain_all();
        self.passes(after, chunks, Some(seal))
    }

    /// Discarded, and how many of these too early.
    fn discarded(&self) -> (u64, u64) {
        let report = self.ledger.report(|| self.queue.counts());
        (report.discarded, report.discarded_early)
    }
}

/// Each span's name, and why it was kept.
fn names(chunks: &Chunks) -> Vec<String> {
    let records = chunks.iter().flat_map(|chunk| chunk.iter()).map(|span| {
        assert!(!span.is_tail_buffered(), "nobody sees that it was");
        crate::engine::queue::record::read(span, |_| 0)
    });
    let names = records.map(|span| match span.attribute("spanwise.kept") {
        Some(why) => format!("{}: {why}", span.name),
        None => span.name.to_string(),
    });
    names.collect()
}

#[test]
fn an_error_deep_down_keeps_all_of_its_trace_and_nothing_of_another() {
    let mut held = Held::new(KeepOnError::new());
    held.trace(&Context::new(), 5, true);
    held.trace(&Context::new(), 5, false);
    assert!(held.look(0, Seal::Age).is_empty(), "another thread may have something of it");
    let mut kept = held.look(1, Seal::Age);
    kept.sort();
    assert_eq!(kept, ["child", "child", "child", "child", "child", "root: error"]);
    assert_eq!(held.discarded(), (6, 0));
    assert_eq!((held.hold.memory, held.hold.traces.len(), held.hold.order.len()), (0, 0, 0));
}

#[test]
fn a_flush_decides_at_once() {
    let mut held = Held::new(KeepOnError::new());
    held.trace(&Context::new(), 1, true);
    held.trace(&Context::new(), 1, false);
    assert_eq!(held.look(0, Seal::Flush).len(), 2);
    assert_eq!(held.discarded(), (2, 0));
}

#[test]
fn a_slow_root_keeps_its_trace() {
    let mut held = Held::new(KeepOnError::new().slower_than(Duration::ZERO));
    held.trace(&Context::new(), 1, false);
    assert_eq!(held.look(0, Seal::Flush), ["child", "root: slow"]);
    let mut held = Held::new(KeepOnError::new().slower_than(Duration::from_secs(3600)));
    held.trace(&Context::new(), 1, false);
    assert!(held.look(0, Seal::Flush).is_empty());
}

#[test]
fn what_is_sampled_passes_and_is_not_touched() {
    let mut held = Held::sampling(KeepOnError::new(), Sampler::AlwaysOn);
    held.trace(&Context::new(), 2, false);
    assert_eq!(held.look(0, Seal::Age), ["child", "child", "root"]);
}

/// One that a caller has not sampled begins here, too.
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

/// It marks what is held within this process, and nothing else.
#[test]
fn a_bit_of_the_caller_s_flags_is_not_taken_for_ours() {
    let flags = |context: &Context| context.span().span_context().trace_flags().to_u8();
    let held = Held::sampling(KeepOnError::new(), Sampler::AlwaysOn);
    let sampled = held.start("sampled", &caller_with(0x83));
    assert_eq!((flags(&sampled), flags(&held.start("child", &sampled))), (0x03, 0x03));

    let rules = Rules::new()
        .drop(Spans::named("dropped"))
        .keep(Spans::named("sampled"))
        .otherwise(Sampler::AlwaysOff);
    let mut held = Held::of(KeepOnError::new(), SamplerConfig::new(rules));
    let dropped = held.start("dropped", &caller_with(0x80));
    assert_eq!(flags(&dropped), 0);
    let sampled = held.start("sampled", &caller_with(0x80));
    let under = held.start("dropped", &held.start("held", &sampled));
    assert_eq!((flags(&sampled), flags(&under)), (1, 0));
    sampled.span().end();
    assert_eq!(held.look(0, Seal::Flush), ["sampled"]);
}

#[test]
fn a_root_that_comes_before_what_is_under_it_waits_for_it() {
    let mut held = Held::new(KeepOnError::new());
    let root = held.start("root", &caller());
    let child = held.start("child", &root);
    child.span().set_status(Status::error(""));
    root.span().end();
    let of_root = held.queue.drain_all();
    child.span().end();
    let of_child = held.queue.drain_all();
    assert!(held.passes(0, of_root, None).is_empty());
    assert_eq!(held.passes(1, of_child, Some(Seal::Age)), ["root: error", "child"]);
}

#[test]
fn what_follows_a_trace_that_was_kept_is_kept() {
    let mut held = Held::new(KeepOnError::new().within(Duration::from_secs(10)));
    let root = held.start("root", &Context::new());
    let [soon, late] = ["soon", "late"].map(|name| held.start(name, &root));
    root.span().set_status(Status::error(""));
    root.span().end();
    assert_eq!(held.look(0, Seal::Flush), ["root: error"]);
    soon.span().end();
    assert_eq!(held.look(9, Seal::Age), ["soon"]);
    // It is forgotten in time.
    assert!(held.look(10, Seal::Age).is_empty());
    late.span().end();
    assert!(held.look(11, Seal::Age).is_empty());
    assert!(held.look(21, Seal::Age).is_empty());
    assert_eq!(held.discarded(), (1, 1));
}

#[test]
fn two_roots_of_a_trace_are_decided_each_on_its_own() {
    let mut held = Held::new(KeepOnError::new());
    let [one, other] = ["one", "other"].map(|name| held.start(name, &caller()));
    let [of_one, of_other] = [&one, &other].map(|root| held.start("child", root));
    for span in [&of_one, &of_other, &one] {
        span.span().end();
    }
    assert!(held.look(0, Seal::Flush).is_empty());
    assert_eq!(held.discarded(), (2, 0));
    other.span().set_status(Status::error(""));
    other.span().end();
    assert_eq!(held.look(1, Seal::Flush), ["child", "other: error"]);
}

#[test]
fn a_root_that_never_ends_is_decided_in_time() {
    let mut held = Held::new(KeepOnError::new().within(Duration::from_secs(60)));
    let [well, badly] = ["well", "badly"].map(|name| held.start(name, &Context::new()));
    held.start("child of well", &well).span().end();
    let child = held.start("child of badly", &badly);
    child.span().set_status(Status::error(""));
    child.span().end();
    for seconds in [0, 30, 59] {
        assert!(held.look(seconds, Seal::Age).is_empty());
    }
    assert_eq!(held.look(60, Seal::Age), ["child of badly"]);
    assert_eq!(held.discarded(), (1, 1));
    badly.span().end();
    well.span().end();
    assert_eq!(held.look(61, Seal::Flush), ["badly"], "it follows what was decided");
}

#[test]
fn at_the_shutdown_nothing_is_left() {
    let mut held = Held::new(KeepOnError::new());
    let root = held.start("root", &Context::new());
    held.start("child", &root).span().end();
    assert!(held.look(0, Seal::Shutdown).is_empty());
    assert_eq!((held.discarded(), held.hold.traces.len()), ((1, 1), 0));
}

/// Beside what has ended well and is known to.
#[test]
fn where_a_panic_ends_the_process_what_is_open_is_kept() {
    let mut held = Held::new(KeepOnError::new());
    held.trace(&Context::new(), 1, false);
    let root = held.start("root", &Context::new());
    held.start("child", &root).span().end();
    held.queue.set_aborting();
    assert_eq!(held.look(0, Seal::Shutdown), ["child"]);
    assert_eq!((held.discarded(), held.hold.traces.len()), ((2, 0), 0));
}

/// One that drops local roots, and those in between.
#[derive(Debug)]
struct Drops;

impl SpanHook for Drops {
    fn on_end(&self, span: &mut SpanMut<'_>) -> Decision {
        if matches!(span.name(), "root" | "between") { Decision::Drop } else { Decision::Keep }
    }
}

#[test]
fn what_a_hook_drops_decides_about_its_trace_and_is_not_shown() {
    for fails in [false, true] {
        let sampling = SamplerConfig::parent_based(Sampler::AlwaysOff);
        let mut held = Held::hooked(KeepOnError::new(), sampling, vec![Box::new(Drops)]);
        let root = held.start("root", &Context::new());
        let between = held.start("between", &root);
        let late = held.start("late", &between);
        held.start("child", &between).span().end();
        between.span().end();
        if fails {
            root.span().set_status(Status::error(""));
        }
        root.span().end();
        let shown = held.look(0, Seal::Flush);
        assert_eq!(shown, if fails { vec!["child"] } else { Vec::new() });
        assert_eq!(held.discarded(), (if fails { 2 } else { 3 }, 0));
        assert_eq!(
            (held.hold.traces.len(), held.hold.memory),
            (0, 0),
            "nothing waits for a root that is gone"
        );
        late.span().end();
        let shown = held.look(1, Seal::Flush);
        assert_eq!(shown, if fails { vec!["late"] } else { Vec::new() });
    }
}

/// Each tracer has a scope of its own, and an application may ask for one for each span.
#[test]
fn tracers_of_one_name_have_one_scope_in_what_is_held() {
    let mut held = Held::new(KeepOnError::new());
    let root = held.start("root", &Context::new());
    let memory = |held: &mut Held| {
        let _ = held.look(0, Seal::Age);
        held.hold.memory
    };
    let scopes = |held: &Held| {
        let spans = held.hold.traces.values().flat_map(|held| held.spans.iter());
        spans.filter_map(|span| span.scope().map(Arc::as_ptr)).collect::<HashSet<_>>().len()
    };
    held.start("child", &root).span().end();
    let first = memory(&mut held);
    for _ in 0..3_000 {
        held.start("child", &root).span().end();
    }
    let many = memory(&mut held);
    assert_eq!(scopes(&held), 1);
    assert!(first > OF_A_TRACE && many < first + 3_000 * 300, "{first} {many}");
    let (tracer, other) = (held.provider.tracer("another"), held.provider.tracer("a third"));
    for tracer in [tracer, other] {
        tracer.build_with_context(tracer.span_builder("child"), &root).end();
    }
    let _ = held.look(0, Seal::Age);
    assert_eq!(scopes(&held), 3);
}

/// It is not known of a root that has come since the last look, nor of what came late and has had no time.
#[test]
fn what_is_given_up_before_the_look_that_decides_is_counted_as_early() {
    let mut held = Held::new(KeepOnError::new().spans_per_trace(2));
    held.trace(&Context::new(), 2, false);
    assert!(held.look(0, Seal::Age).is_empty());
    assert_eq!(held.discarded(), (3, 3));
}

#[test]
fn a_trace_of_too_many_spans_is_decided_early() {
    let mut held = Held::new(KeepOnError::new().spans_per_trace(10));
    let root = held.start("root", &Context::new());
    for _ in 0..30 {
        held.start("child", &root).span().end();
    }
    let _ = held.look(0, Seal::Age);
    assert_eq!(held.discarded(), (22, 22));
    assert_eq!(held.hold.traces.values().map(|held| held.spans.len()).sum::<usize>(), 8);
}

/// The oldest without a failure goes first, and where each has one the oldest is kept.
#[test]
fn memory_is_bounded_and_what_has_failed_is_given_up_last() {
    const BOUND: usize = 64 << 10;
    let mut held = Held::new(KeepOnError::new().bytes(BOUND));
    let mut open = Vec::new();
    let mut passed = Vec::new();
    for number in 0..500 {
        let root = held.start("root", &Context::new());
        let child = held.start("child", &root);
        if number % 50 == 0 {
            child.span().set_status(Status::error(""));
        }
        child.span().end();
        open.push(root);
        passed.extend(held.look(0, Seal::Age));
        assert!(held.hold.memory <= BOUND, "{}", held.hold.memory);
    }
    assert!(passed.is_empty(), "there was always one without a failure");
    let (discarded, early) = held.discarded();
    assert!(early > 100 && discarded == early, "{discarded} {early}");
    assert_eq!(held.hold.traces.values().filter(|held| held.has_failed).count(), 10);
    for root in &open {
        root.span().end();
    }
    let kept = held.look(1, Seal::Flush);
    assert_eq!(kept.iter().filter(|name| *name == "root: error").count(), 10);
    assert_eq!(held.discarded().0 + kept.len() as u64, 1_000);

    let mut held = Held::new(KeepOnError::new().bytes(BOUND));
    let mut passed = 0;
    for _ in 0..500 {
        held.trace(&Context::new(), 1, true);
        passed += held.look(0, Seal::Age).len();
        assert!(held.hold.memory <= BOUND);
    }
    assert_eq!((passed + held.look(0, Seal::Flush).len(), held.discarded().0), (1_000, 0));
}

proptest! {
    /// Whatever comes in whichever order: each span passes, is discarded or is held, and memory stays within its bound.
    #[test]
    fn every_span_is_somewhere(
        steps in prop::collection::vec((0_usize..6, 0_usize..8, any::<bool>(), 0_u64..8), 1..60),
        bytes in 2_000_usize..20_000,
    ) {
        // On a thread of its own, whose shelf is this case's: so chunks are of many spans, some of which are sampled.
        let case = std::thread::spawn(move || every_span_is_somewhere_after(steps, bytes));
        case.join().expect("no panic")?;
    }
}

fn every_span_is_somewhere_after(
    steps: Vec<(usize, usize, bool, u64)>,
    bytes: usize,
) -> Result<(), TestCaseError> {
    let settings = KeepOnError::new().bytes(bytes).spans_per_trace(5).within(Duration::from_secs(30));
    let sampler = SamplerConfig::parent_based(ConsistentProbability::new(0.3));
    let mut held = Held::of(settings, sampler);
    let mut open: Vec<Context> = Vec::new();
    let (mut ended, mut passed, mut time) = (0, 0, 0);
    for (what, which, fails, after) in steps {
        match what {
            0 | 1 => {
                let parent = open.get(which).cloned().unwrap_or_else(Context::new);
                open.push(held.start("span", &parent));
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
                let seal = if what == 4 { Seal::Age } else { Seal::Flush };
                passed += held.look(time, seal).len();
                let waiting: usize = held.hold.traces.values().map(|held| held.spans.len()).sum();
                prop_assert_eq!(ended, passed + waiting + usize::try_from(held.discarded().0).expect("few"));
                prop_assert!(held.hold.memory <= bytes);
                let memory: usize = held.hold.traces.values().map(|held| held.memory).sum();
                prop_assert_eq!((held.hold.memory, held.hold.order.len()), (memory, held.hold.traces.len()));
            }
        }
    }
    for span in open {
        span.span().end();
        ended += 1;
    }
    passed += held.look(time, Seal::Shutdown).len();
    prop_assert_eq!(ended, passed + usize::try_from(held.discarded().0).expect("few"));
    prop_assert_eq!(held.hold.memory, 0);
    Ok(())
}
