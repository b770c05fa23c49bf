//! Context across tasks and threads.

use spanwise::{FutureExt as _, instrument};
use spanwise_tests::block_on_with_workers as block_on;
use tokio::sync::oneshot;

use crate::lane::tree;

#[instrument(fields(n))]
async fn step(n: u32) {
    tokio::task::yield_now().await;
    let _ = n;
}

#[instrument]
async fn spawns() {
    spanwise::spawn(step(1)).await.expect("it ran");
    spanwise::spawn_blocking(|| drop(spanwise::span!("blocking"))).await.expect("it ran");
    tokio::spawn(step(2).with_current_context()).await.expect("it ran");
}

#[test]
fn spawned_work_is_a_child_of_the_function_that_spawned_it() {
    let text = tree(|| block_on(spawns()));
    assert_eq!(text, "test\n  spawns\n    step n=1\n    blocking\n    step n=2\n");
}

#[test]
fn a_naive_spawn_loses_the_context() {
    let text = tree(|| {
        block_on(async {
            let lost = tokio::spawn(async { spanwise::current_trace_id() }).await.expect("it ran");
            assert_eq!(lost, None);
        });
    });
    assert_eq!(text, "test\n");
}

/// The parent's span ends on time; the task goes on, and its span is still a child.
#[test]
fn a_task_may_outlive_its_parent() {
    #[instrument]
    async fn parent(released: oneshot::Receiver<()>) -> tokio::task::JoinHandle<()> {
        spanwise::spawn(async {
            released.await.expect("released");
            step(1).await;
        })
    }

    let text = tree(|| {
        block_on(async {
            let (release, released) = oneshot::channel();
            let task = parent(released).await;
            // `parent` has ended already.
            let marker = spanwise::span!("after the parent");
            release.send(()).expect("the task waits");
            task.await.expect("it ran");
            drop(marker);
        });
    });
    assert_eq!(text, "test\n  parent\n    step n=1\n  after the parent\n");
}
