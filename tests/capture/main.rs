//! Captures, which most of the tests use: side by side, with a sampler, at the limits.

use std::sync::Barrier;

use opentelemetry_sdk::trace::Sampler;
use spanwise::testing::Capture;
use spanwise::{Provider, instrument};
use spanwise_tests::{LONG, block_on_with_workers};

#[instrument(fields(n))]
fn work(n: usize) {
    let _ = n;
    spanwise::set_attribute("seen", n);
}

#[test]
fn captures_in_parallel_do_not_see_each_other() {
    const THREADS: usize = 8;
    let all_inside = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for n in 0..THREADS {
            let all_inside = &all_inside;
            scope.spawn(move || {
                let capture = Capture::new();
                capture.run(|| {
                    all_inside.wait();
                    for _ in 0..100 {
                        work(n);
                    }
                    all_inside.wait();
                });
                assert_eq!(capture.tree().to_string(), format!("work n={n} seen={n}\n").repeat(100));
            });
        }
    });
}

#[test]
fn tasks_on_shared_workers_go_to_their_own_capture() {
    block_on_with_workers(async {
        let (one, other) = (Capture::new(), Capture::new());
        let run = |capture: &Capture, n| {
            capture.run(|| {
                spanwise::spawn(async move {
                    for _ in 0..50 {
                        work(n);
                        tokio::task::yield_now().await;
                    }
                })
            })
        };
        let (first, second) = (run(&one, 1), run(&other, 2));
        first.await.expect("it ran");
        second.await.expect("it ran");
        one.ended(50, LONG).await;
        assert_eq!(one.tree().to_string(), "work n=1 seen=1\n".repeat(50));
        assert_eq!(other.tree().to_string(), "work n=2 seen=2\n".repeat(50));
    });
}

#[test]
fn outside_of_every_capture_nothing_is_recorded() {
    let capture = Capture::new();
    work(1);
    assert_eq!(capture.spans().len(), 0);
    assert_eq!(capture.open(), 0);
}

#[test]
fn a_span_that_is_not_sampled_is_not_captured_nor_are_its_children() {
    let capture = Capture::with_sampler(Sampler::AlwaysOff);
    capture.run(|| {
        let _root = spanwise::span!("root");
        work(1);
        // The logs have it all the same.
        assert!(spanwise::current_trace_id().is_some());
    });
    assert_eq!(capture.tree().to_string(), "");
    assert_eq!(capture.open(), 0);
}

#[test]
fn under_a_parent_that_is_not_sampled_attributes_are_not_evaluated() {
    use std::cell::Cell;

    #[instrument(fields(evaluated = { evaluated.set(evaluated.get() + 1); true }))]
    fn counts(evaluated: &Cell<u32>) {
        let _ = evaluated;
    }

    let evaluated = Cell::new(0);
    Capture::with_sampler(Sampler::AlwaysOff).run(|| {
        // For a root the sampler is asked, and gets the attributes.
        let _root = spanwise::span!("root");
        counts(&evaluated);
    });
    assert_eq!(evaluated.get(), 0);
    Capture::new().run(|| counts(&evaluated));
    assert_eq!(evaluated.get(), 1);
}

#[test]
fn a_handle_for_another_provider_records_there() {
    let capture = Capture::new();
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let elsewhere = Provider::new(provider);
    capture.run(|| {
        let attached = elsewhere.in_context(&opentelemetry::Context::current()).attach();
        work(1);
        drop(attached);
        work(2);
    });
    assert_eq!(capture.tree().to_string(), "work n=2 seen=2\n");
}

#[test]
fn the_limits_of_the_specification_hold_and_dropped_items_are_counted() {
    let capture = Capture::new();
    capture.run(|| {
        let _span = spanwise::span!("full");
        for n in 0..300 {
            spanwise::set_attribute(format!("key.{n}"), n);
            spanwise::event("event", spanwise::attributes! { n = n });
        }
        // The same key again is the same attribute.
        spanwise::set_attribute("key.0", "again");
    });
    let [span] = capture.spans().try_into().expect("one span");
    // Three attributes are the location in the code.
    assert_eq!((span.attributes.len(), span.dropped_attributes), (128, 175));
    assert_eq!((span.events.len(), span.dropped_events), (128, 172));
    assert_eq!(span.attribute("key.0").map(ToString::to_string).as_deref(), Some("again"));
}

/// The future holds its arguments as often as the plain one.
#[test]
fn a_future_is_hardly_larger_than_the_plain_one() {
    async fn plain(large: [u8; 1024]) -> Result<u8, String> {
        tokio::task::yield_now().await;
        Ok(large[0])
    }

    #[instrument(err)]
    async fn annotated(large: [u8; 1024]) -> Result<u8, String> {
        tokio::task::yield_now().await;
        Ok(large[0])
    }

    let (plain, annotated) = (size_of_val(&plain([0; 1024])), size_of_val(&annotated([0; 1024])));
    assert!(annotated <= plain + 64, "{annotated} bytes, and {plain} without the attribute");
}

#[test]
fn a_span_has_its_location_in_the_code() {
    struct Shop;

    impl Shop {
        #[instrument]
        async fn sell(&self) {}
    }

    let capture = Capture::new();
    spanwise_tests::block_on(capture.future(Shop.sell()));
    let [span] = capture.spans().try_into().expect("one span");
    let text = |key| span.attribute(key).map(ToString::to_string).unwrap_or_default();
    assert!(text("code.function.name").ends_with("Shop::sell"), "{}", text("code.function.name"));
    assert!(text("code.file.path").ends_with("capture/main.rs"));
    assert!(text("code.line.number").parse::<u32>().is_ok_and(|line| line > 100));
    assert_eq!(span.scope.name(), "spanwise-tests");
    assert_eq!(span.scope.version(), Some(env!("CARGO_PKG_VERSION")));
    // A trace that starts here has a random id, and the flag for that.
    assert_eq!(span.context.trace_flags().to_u8(), 0x03);
}
