//! A span for each poll.

use std::future::Future;

use spanwise::instrument;
use spanwise::testing::SpanRecord;
use spanwise_tests::block_on;

use crate::{attribute, inside, spans_of};

fn poll_twice<F: Future<Output = u8>>(future: F) {
    assert_eq!(block_on(future), 3);
}

#[test]
fn enter_on_poll() {
    #[instrument(enter_on_poll, args, ret)]
    async fn each(n: u8) -> u8 {
        tokio::task::yield_now().await;
        inside();
        n
    }

    #[instrument(args, ret)]
    async fn once(n: u8) -> u8 {
        tokio::task::yield_now().await;
        inside();
        n
    }

    let polls = |spans: &[SpanRecord]| {
        spans
            .iter()
            .map(|span| {
                let returned = attribute(span, "spanwise.return").map(ToString::to_string);
                (span.name.to_string(), attribute(span, "n").map(ToString::to_string), returned)
            })
            .collect::<Vec<_>>()
    };
    let line = |name: &str, n: Option<&str>, returned: Option<&str>| {
        (name.to_owned(), n.map(str::to_owned), returned.map(str::to_owned))
    };
    let around = line("around", None, None);
    assert_eq!(
        polls(&spans_of(|| poll_twice(each(3)))),
        [
            line("each", Some("3"), None),
            line("inside", None, None),
            line("each", Some("3"), Some("3")),
            around.clone()
        ]
    );
    assert_eq!(
        polls(&spans_of(|| poll_twice(once(3)))),
        [line("inside", None, None), line("once", Some("3"), Some("3")), around]
    );
}
