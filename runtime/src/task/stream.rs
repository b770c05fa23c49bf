//! Streams, sinks and iterators that run in a context.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::carried_context::CarriedContext;
use super::future::InContext;

/// Runs a stream, a sink, an iterator or a future in the context that is current when this is called: whenever it is polled or dropped.
///
/// There is one function for all of them, because one type can be several of these at once.
///
/// ```
/// # fn rows() -> std::vec::IntoIter<u8> { vec![1].into_iter() }
/// let rows = spanwise::task::with_current_context(rows());
/// std::thread::spawn(move || rows.for_each(drop)); // spans of `next` are children of the current span of this line
/// ```
pub fn with_current_context<T>(inner: T) -> InContext<T> {
    InContext::new(inner, CarriedContext::current())
}

impl<S: Stream> Stream for InContext<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<S::Item>> {
        self.in_context(|stream| stream.poll_next(task)).unwrap_or(Poll::Ready(None))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

impl<S: Sink<I>, I> Sink<I> for InContext<S> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.in_context(|sink| sink.poll_ready(task)).unwrap_or(Poll::Ready(Ok(())))
    }

    fn start_send(self: Pin<&mut Self>, item: I) -> Result<(), S::Error> {
        self.in_context(|sink| sink.start_send(item)).unwrap_or(Ok(()))
    }

    fn poll_flush(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.in_context(|sink| sink.poll_flush(task)).unwrap_or(Poll::Ready(Ok(())))
    }

    fn poll_close(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.in_context(|sink| sink.poll_close(task)).unwrap_or(Poll::Ready(Ok(())))
    }
}

impl<I: Iterator> Iterator for InContext<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let _attached = self.origin.attach();
        self.inner.as_mut()?.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), I::size_hint)
    }
}
