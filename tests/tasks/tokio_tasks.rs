//! Tasks of Tokio.

use opentelemetry::trace::SpanContext;
use spanwise::task::{CarriedContext, JoinSetExt as _};
use spanwise::{FutureExt as _, instrument};
use spanwise_tests::{LONG, block_on, block_on_with_workers};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet};

use crate::{Dropped, compute, names, spans_on, step, text, tree};

#[test]
fn spawn() {
    #[instrument]
    async fn request() {
        spanwise::spawn(step(1)).await.expect("it ran");
    }

    assert_eq!(tree(2, request), "request\n  step 1\n");
}

#[test]
fn with_current_context() {
    #[instrument]
    async fn request() {
        let handle = tokio::runtime::Handle::current();
        tokio::spawn(step(1).with_current_context()).await.expect("it ran");
        handle.spawn(step(2).with_current_context()).await.expect("it ran");
    }

    assert_eq!(tree(3, request), "request\n  step 1\n  step 2\n");
}

#[test]
fn spawn_blocking() {
    #[instrument]
    async fn request() -> u32 {
        spanwise::spawn_blocking(|| compute(1)).await.expect("it ran")
    }

    assert_eq!(tree(2, request), "request\n  compute 1\n");
}

#[test]
fn spawn_local() {
    #[instrument]
    async fn request() {
        let not_to_be_sent = std::rc::Rc::new(1);
        spanwise::spawn_local(async move { step(*not_to_be_sent).await }).await.expect("it ran");
        let mut set = JoinSet::new();
        set.spawn_local_in_context(step(2));
        set.join_next().await.expect("one").expect("it ran");
    }

    assert_eq!(
        tree(3, || async { LocalSet::new().run_until(request()).await }),
        "request\n  step 1\n  step 2\n"
    );
}

#[test]
fn join_set() {
    #[instrument]
    async fn request() -> u32 {
        let mut set = JoinSet::new();
        for n in 1..4 {
            set.spawn_in_context(step(n));
        }
        set.spawn_blocking_in_context(|| compute(4));
        set.spawn(step(5).with_current_context());
        set.spawn_on(step(6).with_current_context(), &tokio::runtime::Handle::current());
        set.join_all().await.into_iter().sum()
    }

    assert_eq!(tree(7, request), "request\n  compute 4\n  step 1\n  step 2\n  step 3\n  step 5\n  step 6\n");
}

#[test]
fn nested() {
    #[instrument]
    async fn request() {
        let outer = spanwise::spawn(async {
            #[instrument]
            async fn within() {
                let blocking = spanwise::spawn_blocking(|| {
                    compute(1);
                    spanwise::spawn(step(2))
                });
                blocking.await.expect("it ran").await.expect("it ran");
            }
            spanwise::spawn(within()).await.expect("it ran");
            step(3).await;
        });
        outer.await.expect("it ran");
    }

    assert_eq!(tree(5, request), "request\n  step 3\n  within\n    compute 1\n    step 2\n");
}

/// A task that goes on after its request: the request's span ends on time.
#[test]
fn a_child_may_outlive_its_request() {
    #[instrument]
    async fn request(released: oneshot::Receiver<()>) {
        spanwise::spawn(async {
            released.await.expect("released");
            step(1).await;
        });
    }

    for many in [false, true] {
        let spans = spans_on(many, 3, &|| async {
            let (release, released) = oneshot::channel();
            request(released).await;
            // The request has ended already.
            compute(2);
            release.send(()).expect("the task waits");
        });
        assert_eq!(names(&spans), ["request", "compute 2", "step 1"]);
        assert!(spans[0].end <= spans[1].start, "it ends with its function");
        assert_eq!(text(spans), "compute 2\nrequest\n  step 1\n");
    }
}

/// The task as a trace of its own.
#[test]
fn spawn_linked() {
    #[instrument]
    async fn request(released: oneshot::Receiver<()>) {
        spanwise::spawn_linked(async {
            released.await.expect("released");
            step(1).await;
            // Each root is linked, and its children are not.
            tidy_up().await;
        });
    }

    #[instrument]
    async fn tidy_up() {
        spanwise::spawn(step(2)).await.expect("it ran");
        compute(3);
    }

    for many in [false, true] {
        let spans = spans_on(many, 5, &|| async {
            let (release, released) = oneshot::channel();
            request(released).await;
            release.send(()).expect("the task waits");
        });
        assert_eq!(spans[0].name, "request");
        let traces: std::collections::HashSet<_> = spans.iter().map(|span| span.context.trace_id()).collect();
        assert_eq!(traces.len(), 3, "each a trace of its own");
        assert_eq!(text(spans), "request\nstep 1 → request\ntidy_up → request\n  compute 3\n  step 2\n");
    }
}

/// An explicit parent replaces the link.
#[test]
fn a_span_with_an_explicit_parent_in_a_linked_task_is_not_linked() {
    #[instrument(parent = None)]
    fn root() {
        compute(1);
    }

    #[instrument(parent = headers)]
    fn of_a_message(headers: &[(&str, &str)]) {}

    #[instrument(parent = CarriedContext::extract(&headers))]
    fn of_what_was_read(headers: &[(&str, &str)]) {}

    #[instrument(parent = SpanContext::NONE)]
    fn of_none() {}

    #[instrument]
    async fn request() {
        let work = async {
            root();
            of_a_message(&[("other", "header")]);
            of_what_was_read(&[]);
            of_none();
            compute(2);
        };
        spanwise::spawn_linked(work).await.expect("it ran");
    }

    let trees = text(spans_on(false, 7, &request));
    let mut lines: Vec<_> = trees.lines().collect();
    lines.sort_unstable();
    let expected = [
        "  compute 1",
        "compute 2 → request",
        "of_a_message",
        "of_none",
        "of_what_was_read",
        "request",
        "root",
    ];
    assert_eq!(lines, expected);
}

/// As `async` blocks and annotated functions do.
#[tokio::test]
#[should_panic(expected = "resumed after completion")]
async fn a_future_that_is_polled_after_its_end_panics() {
    let mut carried = std::pin::pin!(std::future::ready(1).with_current_context());
    assert_eq!(carried.as_mut().await, 1);
    carried.await;
}

/// The root has the link, however its function is recorded.
#[test]
fn each_root_of_a_linked_task_is_linked() {
    #[instrument]
    async fn request() {
        let work = async {
            #[instrument(unpublished)]
            fn aside() {}
            #[instrument(unpublished, fields(n = 1))]
            fn aside_with_a_field() {}
            #[instrument(fields(n = 1))]
            async fn fields() {}
            #[instrument(enter_on_poll)]
            async fn polls() {
                tokio::task::yield_now().await;
            }
            #[instrument(root)]
            fn really_a_root() {}
            aside();
            aside_with_a_field();
            drop(spanwise::span!("by hand"));
            compute(1);
            fields().await;
            polls().await;
            really_a_root();
        };
        spanwise::spawn_linked(work).await.expect("it ran");
    }

    assert_eq!(
        tree(9, request),
        "aside → request\naside_with_a_field n=1 → request\nby hand → request\ncompute 1 → request\n\
         fields n=1 → request\npolls → request\npolls → request\nreally_a_root\nrequest\n"
    );
}

#[test]
fn without_a_span_there_is_no_link() {
    let spawned = || async { spanwise::spawn_linked(step(1)).await.expect("it ran") };
    assert_eq!(tree(1, spawned), "step 1\n");
}

#[test]
fn a_task_that_panics() {
    #[instrument]
    async fn panics() {
        tokio::task::yield_now().await;
        if true {
            std::panic::panic_any("on purpose");
        }
    }

    #[instrument]
    async fn request() {
        assert!(spanwise::spawn(panics()).await.expect_err("it panicked").is_panic());
        step(1).await;
    }

    spanwise::install_panic_hook();
    assert_eq!(
        tree(3, request),
        "request\n  panics error.type=\"panic\" ✗ \"on purpose\"\n    • exception exception.type=\"panic\" \
         exception.message=\"on purpose\"\n  step 1\n"
    );
}

/// The state of an aborted task is dropped under its span, or, before that starts, under the span that spawned it.
#[test]
fn a_task_that_is_aborted() {
    #[instrument]
    async fn waits(started: oneshot::Sender<()>) {
        let _left = Dropped;
        started.send(()).expect("somebody waits");
        std::future::pending::<()>().await;
    }

    #[instrument]
    async fn request() {
        let (started, is_started) = oneshot::channel();
        let task = spanwise::spawn(waits(started));
        is_started.await.expect("it started");
        task.abort();
        assert!(task.await.expect_err("it was aborted").is_cancelled());
        let left = Dropped;
        let task = spanwise::spawn(async move {
            let _left = left;
            std::future::pending::<()>().await;
        });
        task.abort();
        assert!(task.await.expect_err("it was aborted").is_cancelled());
    }

    assert_eq!(tree(4, request), "request\n  dropped\n  waits spanwise.cancelled=true\n    dropped\n");
}

/// A runtime drops its tasks when it is dropped: under their context, on a thread that has none.
#[test]
fn a_task_that_goes_with_its_runtime() {
    #[instrument]
    async fn request() {
        let left = Dropped;
        spanwise::spawn(async move {
            let _left = left;
            std::future::pending::<()>().await;
        });
    }

    for many in [false, true] {
        let capture = spanwise::testing::Capture::new();
        let work = capture.future(async { request().await });
        if many {
            block_on_with_workers(work)
        } else {
            block_on(work)
        }
        block_on(capture.ended(2, LONG));
        assert_eq!(text(capture.spans()), "request\n  dropped\n");
    }
}
