//! The bridge: `tracing` spans of other crates become spans of the trace.

use std::sync::Arc;

use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
use spanwise::logs::Bridge;
use spanwise::testing::{Capture, Collector};
use spanwise::{Provider, instrument};
use spanwise_tests::block_on_with_workers;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload;

#[instrument]
fn ours() {
    tracing::info_span!("theirs below").in_scope(|| ());
}

fn captured(bridge: Bridge, work: impl FnOnce()) -> Capture {
    let capture = Capture::new();
    let subscriber = tracing_subscriber::registry().with(bridge);
    tracing::subscriber::with_default(subscriber, || capture.run(work));
    assert_eq!(capture.open(), 0);
    capture
}

fn tree(work: impl FnOnce()) -> String {
    captured(Bridge::new(), work).tree().to_string()
}

#[test]
fn both_kinds_of_spans_are_parents_of_each_other() {
    #[instrument]
    fn above() {
        let _theirs = tracing::info_span!("theirs", rows = 3, table = %"orders", on = true).entered();
        ours();
    }
    assert_eq!(
        tree(above),
        "above\n  theirs rows=3 table=\"orders\" on=true\n    ours\n      theirs below\n"
    );
}

#[test]
fn a_span_has_its_location() {
    let capture = captured(Bridge::new(), || drop(tracing::info_span!(target: "sqlx::query", "query")));
    let span = &capture.spans()[0];
    assert_eq!(span.scope.name(), "sqlx");
    let attribute = |key| span.attribute(key).map(ToString::to_string);
    assert!(attribute("code.file.path").is_some_and(|path| path.ends_with("bridge.rs")));
    assert!(attribute("code.line.number").is_some());
    assert_eq!(attribute("code.function.name"), None);
}

#[test]
fn fields_named_otel_describe_the_span() {
    let capture = captured(Bridge::new(), || {
        let span = tracing::info_span!(
            "request",
            otel.name = "GET /",
            otel.kind = "Client",
            otel.status_code = tracing::field::Empty,
            otel.status_description = tracing::field::Empty,
            bytes = tracing::field::Empty,
        );
        span.record("otel.status_code", "ERROR").record("otel.status_description", "gone").record("bytes", 7);
        drop(tracing::info_span!("well", otel.status_code = "OK", otel.kind = "nonsense"));
    });
    assert_eq!(capture.tree().to_string(), "GET / [client] bytes=7 ✗ \"gone\"\nwell ✓\n");
}

#[test]
fn a_status_has_its_description() {
    let text =
        tree(|| drop(tracing::info_span!("a", otel.status_code = "error", otel.status_message = "gone")));
    assert_eq!(text, "a ✗ \"gone\"\n");
}

#[test]
fn explicit_parents_roots_and_links() {
    let capture = captured(Bridge::new(), || {
        let elsewhere = tracing::info_span!("elsewhere");
        let _here = tracing::info_span!("here").entered();
        tracing::info_span!(parent: &elsewhere, "below elsewhere").in_scope(ours);
        let root = tracing::info_span!(parent: None, "root");
        root.follows_from(&elsewhere);
        root.in_scope(ours);
    });
    assert_eq!(
        capture.tree().to_string(),
        "elsewhere\n  below elsewhere\n    ours\n      theirs below\nhere\nroot → elsewhere\n  ours\n    theirs below\n"
    );
    let spans = capture.spans();
    let trace = |name: &str| {
        spans.iter().find(|span| span.name == name).map(|span| span.context.trace_id()).expect("a span")
    };
    assert_ne!(trace("root"), trace("here"));
}

#[test]
fn spans_may_be_left_in_another_order_or_entered_twice() {
    let text = tree(|| {
        let (one, two) = (tracing::info_span!("one"), tracing::info_span!("two"));
        let first = one.enter();
        let second = two.enter();
        let again = two.enter();
        drop(first);
        ours();
        drop(again);
        ours();
        drop(second);
        ours();
        one.in_scope(ours);
    });
    let below = "  ours\n    theirs below\n";
    // Spans that start while `two` is entered are its children, before and after `one` is left.
    assert_eq!(text, format!("one\n{below}two\n{below}{below}ours\n  theirs below\n"));
}

#[test]
fn spans_of_two_subscribers_are_kept_apart() {
    let capture = Capture::new();
    let subscriber = || tracing_subscriber::registry().with(Bridge::new());
    let (one, two) = (tracing::Dispatch::new(subscriber()), tracing::Dispatch::new(subscriber()));
    capture.run(|| {
        let first = tracing::dispatcher::with_default(&one, || tracing::info_span!("one"));
        let second = tracing::dispatcher::with_default(&two, || tracing::info_span!("two"));
        let entered = first.enter();
        let inner = second.enter();
        drop(entered);
        let _ours = spanwise::span!("ours");
        drop(inner);
    });
    assert_eq!(capture.tree().to_string(), "one\ntwo\n  ours\n");
}

#[test]
fn by_level_and_by_target() {
    let work = || {
        let _debug = tracing::debug_span!("debug").entered();
        let _info = tracing::info_span!(target: "chatty", "info").entered();
        ours();
    };
    let recorded = |bridge| captured(bridge, work).tree().to_string();
    assert_eq!(recorded(Bridge::new()), "info\n  ours\n    theirs below\n");
    assert_eq!(
        recorded(Bridge::new().with_max_level(LevelFilter::DEBUG)),
        "debug\n  info\n    ours\n      theirs below\n"
    );
    assert_eq!(
        recorded(Bridge::new().only(|metadata| metadata.target() != "chatty")),
        "ours\n  theirs below\n"
    );
}

#[test]
fn spans_that_a_layer_s_filter_hides_are_skipped() {
    let capture = Capture::new();
    let filter = filter_fn(|metadata| metadata.name() != "hidden");
    let subscriber = tracing_subscriber::registry()
        .with(Bridge::new().with_filter(filter))
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
    tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            let seen = tracing::info_span!("seen").entered();
            let hidden = tracing::info_span!("hidden", a = tracing::field::Empty);
            hidden.record("a", 1).follows_from(&*seen);
            let _hidden = hidden.enter();
            tracing::info_span!("below").in_scope(ours);
            // The bridge does not know its parent.
            tracing::info_span!(parent: &hidden, "below what is hidden").in_scope(|| ());
        });
    });
    assert_eq!(
        capture.tree().to_string(),
        "seen\n  below\n    ours\n      theirs below\n  below what is hidden\n"
    );
}

/// A future that several threads poll runs under its span on each of them.
#[test]
fn across_threads() {
    let capture = Capture::new();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(Bridge::new()));
    async fn work() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
            ours();
        }
    }
    tracing::dispatcher::with_default(&dispatch, || {
        block_on_with_workers(capture.future(async {
            let request = tracing::info_span!("request");
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let request = request.clone();
                    let task = async move {
                        // Dropped before the task ends, while the subscriber is still the thread's default.
                        let request = request;
                        work().instrument(tracing::info_span!(parent: &request, "task")).await;
                    };
                    spanwise::spawn(task.with_subscriber(dispatch.clone()))
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic");
            }
        }));
    });
    let text = capture.tree().to_string();
    let task = format!("  task\n{}", "    ours\n      theirs below\n".repeat(20));
    assert_eq!(text, format!("request\n{}", task.repeat(4)));
    assert_eq!(capture.open(), 0);
}

#[test]
fn under_an_unsampled_parent_nothing_is_recorded_and_the_trace_goes_on() {
    let capture = Capture::with_sampler(Sampler::AlwaysOff);
    let subscriber = tracing_subscriber::registry().with(Bridge::new());
    let (outer, inner) = tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            let _root = tracing::info_span!("root").entered();
            let outer = spanwise::current_trace_id();
            let _below = tracing::info_span!("below").entered();
            (outer, spanwise::current_trace_id())
        })
    });
    assert!(outer.is_some() && outer == inner, "{outer:?} {inner:?}");
    assert_eq!(capture.tree().to_string(), "");
}

#[test]
fn under_a_provider_of_the_application() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let telemetry = Provider::new(provider);
    let subscriber = tracing_subscriber::registry().with(Bridge::new());
    tracing::subscriber::with_default(subscriber, || {
        let _attached = telemetry.in_context(&opentelemetry::Context::new()).attach();
        tracing::info_span!("theirs", rows = 3).in_scope(ours);
    });
    let spans = exporter.get_finished_spans().expect("spans");
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["theirs below", "ours", "theirs"]);
    assert_eq!(spans[1].parent_span_id, spans[2].span_context.span_id());
    assert_eq!(spans[0].parent_span_id, spans[1].span_context.span_id());
}

/// The exporter's thread and its HTTP/2 connection have `tracing` spans, too.
#[test]
fn the_exporter_does_not_record_itself() {
    let collector = Collector::start().expect("a collector");
    let output = crate::one_request::service(&["bridge"])
        .env("OTEL_TRACES_EXPORTER", "otlp")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4 spans: 4 exported\n", "{output:?}");
    let spans = collector.spans();
    let mut names: Vec<_> = spans.iter().map(|received| received.span.name.as_ref()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ours", "ours", "theirs", "theirs"]);
}

#[test]
fn a_span_that_outlives_the_thread_that_entered_it_still_ends() {
    let capture = Capture::new();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(Bridge::new()));
    let made = {
        let capture = capture.clone();
        std::thread::spawn(move || {
            tracing::dispatcher::with_default(&dispatch, || {
                capture.run(|| {
                    let span = tracing::info_span!("long");
                    span.in_scope(ours);
                    span
                })
            })
        })
    };
    let span = made.join().expect("no panic");
    assert_eq!(capture.open(), 1);
    drop(span);
    assert_eq!(capture.open(), 0);
    assert_eq!(capture.tree().to_string(), "long\n  ours\n    theirs below\n");
}

#[test]
fn a_thread_that_ends_within_a_span_leaves_it_open() {
    let capture = Capture::new();
    let dispatch = Arc::new(tracing::Dispatch::new(tracing_subscriber::registry().with(Bridge::new())));
    let span = tracing::dispatcher::with_default(&dispatch, || capture.run(|| tracing::info_span!("long")));
    // It stays entered. The end of the thread must not end the process.
    let entered = span.clone();
    std::thread::spawn(move || std::mem::forget(entered.entered())).join().expect("no panic");
    drop(span);
    std::thread::spawn(move || drop(dispatch)).join().expect("no panic");
    // The forgotten guard keeps it open.
    assert_eq!(capture.open(), 1);
}

#[test]
fn a_bridge_is_replaced_while_its_span_is_entered() {
    let capture = Capture::new();
    let (bridge, handle) = reload::Layer::new(Bridge::new());
    let subscriber = tracing_subscriber::registry().with(bridge);
    tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            let entered = tracing::info_span!("before").entered();
            handle.reload(Bridge::new().with_max_level(LevelFilter::ERROR)).expect("it is there");
            drop(entered);
            let _ours = spanwise::span!("after");
        });
    });
    assert_eq!(capture.tree().to_string(), "before\nafter\n");
    assert_eq!(capture.open(), 0);
}

#[derive(Clone, Copy)]
struct Panics;

impl std::fmt::Debug for Panics {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("in a field")
    }
}

/// A formatting layer holds the span's extensions while it formats a field.
#[test]
fn a_field_that_panics_does_not_end_the_process() {
    let capture = Capture::new();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let subscriber = tracing_subscriber::registry().with(lines).with(Bridge::new());
    tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            let panicked = std::panic::catch_unwind(|| {
                let span = tracing::info_span!("theirs", field = tracing::field::Empty);
                let _entered = span.enter();
                span.record("field", tracing::field::debug(Panics));
            });
            assert!(panicked.is_err());
            let _after = spanwise::span!("after");
        });
    });
    let text = capture.tree().to_string();
    assert!(text.ends_with("after\n") && !text.contains("  after"), "{text}");
    assert_eq!(capture.open(), 0);
}

#[test]
fn the_order_of_attributes_does_not_depend_on_the_sampler() {
    let keys = |capture: Capture| {
        let subscriber = tracing_subscriber::registry().with(Bridge::new());
        tracing::subscriber::with_default(subscriber, || {
            capture.run(|| drop(tracing::info_span!("a", code.line.number = 7, mine = 1)));
        });
        let keys = capture.spans()[0]
            .attributes
            .iter()
            .map(|attribute| attribute.key.to_string())
            .collect::<Vec<_>>();
        assert_eq!(keys.last().map(String::as_str), Some("mine"));
        keys
    };
    // A sampler that is not ours is asked, and sees the attributes.
    assert_eq!(keys(Capture::new()), keys(Capture::with_sampler(Sampler::TraceIdRatioBased(1.0))));
}

#[test]
fn explicit_location_fields_are_kept() {
    let capture = captured(Bridge::new(), || {
        drop(tracing::info_span!(
            "a",
            code.function.name = "query",
            code.line.number = 7,
            spanwise.level = "low"
        ));
    });
    let span = &capture.spans()[0];
    let values = |key: &str| {
        let attributes = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
        attributes.map(|attribute| attribute.value.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(values("code.function.name"), ["query"]);
    assert_eq!(values("spanwise.level"), ["low"]);
    assert_eq!(values("code.line.number"), ["7"]);
    assert_eq!(values("code.file.path").len(), 1);
}

#[test]
fn a_span_of_tracing_is_a_parent_or_a_link() {
    #[instrument(parent = span)]
    fn child(span: &tracing::Span) {}
    #[instrument(follows_from = span)]
    async fn linked(span: tracing::Span) {}
    let work = || {
        let span = tracing::info_span!("theirs");
        child(&span);
        spanwise_tests::block_on(linked(span));
        child(&tracing::Span::none());
    };
    let capture = captured(Bridge::new(), work);
    assert_eq!(capture.tree().to_string(), "theirs\n  child\nlinked → theirs\nchild\n");
    let spans = capture.spans();
    let named = |name: &str| spans.iter().find(|span| span.name == name).expect("it is recorded");
    assert_eq!(named("linked").links[0].span_context, named("theirs").context);
}

#[test]
fn a_level_of_tracing_is_a_level() {
    const LEVEL: tracing::Level = tracing::Level::DEBUG;
    #[instrument(level = LEVEL)]
    fn leveled() {}
    assert_eq!(tree(leveled), "leveled spanwise.level=\"DEBUG\"\n");
}
