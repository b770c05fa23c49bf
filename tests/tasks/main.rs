//! Each row of the table of forms in `runtime/docs/tasks.md`: the code that keeps the context, and the tree that it
//! records. Forms that need a runtime run on one thread and on several.

mod channels;
mod messages;
mod naive;
mod streams;
mod threads;
mod timers;
mod tokio_tasks;

use std::future::Future;

use spanwise::instrument;
use spanwise::testing::SpanRecord;
use spanwise::testing::{Capture, Tree};
use spanwise_tests::{LONG, block_on, block_on_with_workers};

/// The spans of `work`, in the order they ended. Waits until this many have ended and none is open.
fn spans_on<F: Future>(many_threads: bool, count: usize, work: &impl Fn() -> F) -> Vec<SpanRecord> {
    let capture = Capture::new();
    let all = async {
        capture.future(async { work().await }).await;
        capture.ended(count, LONG).await;
    };
    if many_threads {
        block_on_with_workers(all)
    } else {
        block_on(all)
    }
    capture.spans()
}

/// The tree of `work`, which is the same on each kind of runtime. Siblings are in the order of their names.
fn tree<F: Future>(count: usize, work: impl Fn() -> F) -> String {
    let [one, many] = [false, true].map(|many| text(spans_on(many, count, &work)));
    assert_eq!(one, many, "on one thread, and on several");
    one
}

/// The spans as trees, with siblings in the order of their names.
fn text(mut spans: Vec<SpanRecord>) -> String {
    spans.sort_by(|one, other| one.name.cmp(&other.name).then(one.start.cmp(&other.start)));
    let base = std::time::UNIX_EPOCH;
    for (at, span) in (0_u32..).zip(&mut spans) {
        span.start = base + std::time::Duration::from_secs(at.into());
    }
    Tree::new(spans).to_string()
}

/// The tree of `work` without a runtime.
fn tree_of(work: impl FnOnce()) -> String {
    let capture = Capture::new();
    capture.run(work);
    text(capture.spans())
}

/// The names, in the order the spans ended.
fn names(spans: &[SpanRecord]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}

#[instrument(name = format!("step {n}"))]
async fn step(n: u32) -> u32 {
    tokio::task::yield_now().await;
    n
}

#[instrument(name = format!("compute {n}"))]
fn compute(n: u32) -> u32 {
    n
}

/// Starts a span when it is dropped, which shows what is current then.
struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        let _span = spanwise::span!("dropped");
    }
}

/// The table's last column names tests of this folder.
#[test]
fn each_row_has_its_test() {
    let table = include_str!("../../runtime/docs/tasks.md");
    let here = [
        ("channels", include_str!("channels.rs")),
        ("messages", include_str!("messages.rs")),
        ("naive", include_str!("naive.rs")),
        ("streams", include_str!("streams.rs")),
        ("threads", include_str!("threads.rs")),
        ("timers", include_str!("timers.rs")),
        ("tokio_tasks", include_str!("tokio_tasks.rs")),
    ];
    let rows: Vec<&str> = table
        .lines()
        .skip_while(|line| !line.ends_with("| tested by |"))
        .skip(2)
        .take_while(|line| line.starts_with("| "))
        .filter_map(|line| line.trim_end_matches('|').rsplit("| ").next())
        .map(|cell| cell.trim().trim_matches('`'))
        .collect();
    assert!(rows.len() >= 25, "{rows:?}");
    for row in rows {
        let (file, name) = row.split_once("::").unwrap_or_else(|| panic!("the row names no test: {row}"));
        let text =
            here.iter().find(|(here, _)| *here == file).unwrap_or_else(|| panic!("no such file: {row}")).1;
        assert!(
            text.contains(&format!("#[test]\nfn {name}() {{")),
            "the table names a test that does not exist: {row}"
        );
    }
}
