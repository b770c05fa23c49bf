//! Streams, sinks and iterators that run on another task or thread.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use spanwise::instrument;
use spanwise::task::with_current_context;
use tokio_stream::StreamExt as _;

use crate::{Dropped, compute, tree, tree_of};

/// A stream of numbers, and a sink; each step is recorded.
struct Pipe {
    left: VecDeque<u32>,
    _dropped: Dropped,
}

impl Pipe {
    fn of(numbers: impl IntoIterator<Item = u32>) -> Self {
        Self { left: numbers.into_iter().collect(), _dropped: Dropped }
    }
}

impl Stream for Pipe {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, _task: &mut Task<'_>) -> Poll<Option<u32>> {
        Poll::Ready(self.left.pop_front().map(compute))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len(), Some(self.left.len()))
    }
}

impl Sink<u32> for Pipe {
    type Error = Infallible;

    fn poll_ready(self: Pin<&mut Self>, _task: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        let _span = spanwise::span!("ready");
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, item: u32) -> Result<(), Infallible> {
        let _span = spanwise::span!("send");
        self.left.push_back(item);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _task: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        let _span = spanwise::span!("flush");
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _task: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        let _span = spanwise::span!("close");
        Poll::Ready(Ok(()))
    }
}

#[test]
fn streams() {
    #[instrument]
    async fn request() {
        let mut rows = with_current_context(Pipe::of([1, 2]));
        let reading = tokio::spawn(async move {
            assert_eq!(rows.size_hint(), (2, Some(2)));
            let mut read = Vec::new();
            while let Some(row) = rows.next().await {
                read.push(row);
            }
            read
        });
        assert_eq!(reading.await.expect("it ran"), [1, 2]);
    }

    assert_eq!(tree(4, request), "request\n  compute 1\n  compute 2\n  dropped\n");
}

#[test]
fn sinks() {
    #[instrument]
    async fn request() {
        let pipe = with_current_context(Pipe::of([]));
        let writing = tokio::spawn(async move {
            let mut pipe = Box::pin(pipe);
            std::future::poll_fn(|task| pipe.as_mut().poll_ready(task)).await?;
            pipe.as_mut().start_send(1)?;
            std::future::poll_fn(|task| pipe.as_mut().poll_flush(task)).await?;
            // It is a stream and a sink.
            assert_eq!(pipe.next().await, Some(1));
            assert_eq!(pipe.next().await, None);
            std::future::poll_fn(|task| Sink::<u32>::poll_close(pipe.as_mut(), task)).await
        });
        assert!(writing.await.expect("it ran").is_ok());
    }

    assert_eq!(tree(7, request), "request\n  close\n  compute 1\n  dropped\n  flush\n  ready\n  send\n");
}

#[test]
fn iterators() {
    #[instrument]
    fn request() -> u32 {
        let rows = with_current_context([1, 2].into_iter().map(compute));
        assert_eq!(rows.size_hint(), (2, Some(2)));
        std::thread::spawn(move || rows.sum()).join().expect("it ran")
    }

    assert_eq!(tree_of(|| assert_eq!(request(), 3)), "request\n  compute 1\n  compute 2\n");
}

/// A stream of an annotated function has a span of its own, whoever reads it.
#[test]
fn a_recorded_stream() {
    #[instrument]
    fn rows() -> impl Stream<Item = u32> + Unpin + Send {
        Pipe::of([1, 2])
    }

    #[instrument]
    async fn request() {
        let mut rows = rows();
        let reading = tokio::spawn(async move { while rows.next().await.is_some() {} });
        reading.await.expect("it ran");
    }

    assert_eq!(tree(5, request), "request\n  rows\n    compute 1\n    compute 2\n    dropped\n");
}
