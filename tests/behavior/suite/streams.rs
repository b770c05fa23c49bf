//! Functions that return streams: the span lives as long as the stream.

use std::pin::Pin;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use spanwise::instrument;
use spanwise_tests::block_on;
use tokio_stream::StreamExt as _;

use crate::lane::tree;

#[instrument]
fn step(n: u32) -> u32 {
    n
}

#[instrument(args)]
fn counts(to: u32) -> impl Stream<Item = u32> + Send {
    step(0);
    tokio_stream::iter(1..=to).map(step)
}

#[instrument(err)]
fn boxed<'a>(items: &'a [i32]) -> Pin<Box<dyn Stream<Item = Result<i32, String>> + Send + 'a>> {
    Box::pin(tokio_stream::iter(items).map(|item| if *item < 0 { Err(item.to_string()) } else { Ok(*item) }))
}

#[instrument]
fn by_alias(to: u32) -> BoxStream<'static, u32> {
    let steps = tokio_stream::iter(0..to);
    Box::pin(steps)
}

#[test]
fn a_stream_runs_under_the_span_to_its_end() {
    let text = tree(|| {
        let given = block_on(async {
            let stream = counts(2);
            assert_eq!(stream.size_hint(), (2, Some(2)));
            stream.collect::<Vec<_>>().await
        });
        assert_eq!(given, [1, 2]);
        assert_eq!(block_on(by_alias(2).collect::<Vec<_>>()), [0, 1]);
    });
    assert_eq!(text, "test\n  counts to=2\n    step\n    step\n    step\n  by_alias\n");
}

#[test]
fn an_item_that_is_an_err_marks_the_span_and_the_stream_goes_on() {
    let text = tree(|| {
        let given = block_on(boxed(&[1, -1, 2]).collect::<Vec<_>>());
        assert_eq!(given, [Ok(1), Err("-1".to_owned()), Ok(2)]);
    });
    assert_eq!(
        text,
        "test\n  boxed error.type=\"alloc::string::String\" ✗ \"-1\"\n    • exception \
         exception.type=\"alloc::string::String\" exception.message=\"-1\"\n"
    );
}

#[test]
fn a_stream_dropped_before_its_end_is_canceled() {
    let text = tree(|| {
        assert_eq!(block_on(counts(9).take(1).collect::<Vec<_>>()), [1]);
        // Its span started with the call.
        drop(by_alias(1));
    });
    assert_eq!(
        text,
        "test\n  counts to=9 spanwise.cancelled=true\n    step\n    step\n  by_alias spanwise.cancelled=true\n"
    );
}

#[test]
fn what_a_stream_holds_is_dropped_under_the_span() {
    struct Notes;

    impl Drop for Notes {
        fn drop(&mut self) {
            spanwise::event("gone", spanwise::attributes! {});
        }
    }

    #[instrument]
    fn holds() -> impl Stream<Item = u32> {
        let notes = Notes;
        tokio_stream::iter(0..2).map(move |n| {
            let _ = &notes;
            n
        })
    }

    let text = tree(|| {
        block_on(async {
            let mut stream = Box::pin(holds());
            while stream.next().await.is_some() {}
            // The stream is held until here.
            spanwise::event("after", spanwise::attributes! {});
        });
    });
    assert_eq!(text, "test\n  • after\n  holds\n    • gone\n");
}
