//! A span current on this thread, until its function is left.

use std::future::Future;

use futures_core::Stream;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _};

use super::active::ActiveSpan;
use super::future::{Everything, Released, Traced};
use super::outcome::Outcome;
use super::panic::Mark;
use super::stream::TracedStream;
use crate::engine::context::current;
use crate::engine::context::current::Attached;
use crate::engine::provider::route;
use crate::engine::provider::route::{EndedBy, StartedSpan};

/// Calls the closure: its bound tells the compiler that the closure runs once and may give away what
/// it captured, mutable references among them.
#[inline(always)]
pub fn call<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Says which type is meant, where nothing ever comes by.
#[cold]
#[must_use]
pub fn never<T>() -> T {
    unreachable!("called under `if false`")
}

/// A future that gives a `T`, which is known before anything is asked of it.
#[inline(always)]
pub fn future_of<T, F: Future<Output = T>>(future: F) -> F {
    future
}

/// A stream whose items are `T`.
#[inline(always)]
pub fn stream_of<T, S: Stream<Item = T>>(stream: S) -> S {
    stream
}

/// A span around a closure. Left by [`Entered::exit`]; dropped without it, a panic is passing
/// through.
#[must_use]
#[derive(Debug)]
pub struct Entered {
    // Ended by `exit` or `drop`, before the context is detached.
    span: Inside,
    attached: Option<Attached>,
    since: Mark,
}

/// What an [`Entered`] is within.
#[derive(Debug)]
enum Inside {
    Nothing,
    /// A span that is current, unless someone has left something else behind: it is looked for where it has to be
    /// and not kept a second time.
    Current {
        id: SpanId,
        ends: Option<EndedBy>,
    },
    /// A span that may not be current, so many are within each other.
    Deep(Box<ActiveSpan>),
    /// A span that is current for Spanwise alone.
    Unpublished,
}

impl Entered {
    #[inline]
    pub(super) const fn nothing() -> Self {
        Self { span: Inside::Nothing, attached: None, since: Mark::never() }
    }

    /// Within a span that was started aside.
    #[inline]
    pub(super) fn unpublished() -> Self {
        Self { span: Inside::Unpublished, attached: None, since: Mark::now() }
    }

    #[inline]
    pub(super) fn started(started: StartedSpan) -> Self {
        Self::new(started.context, Some(started.ended_by))
    }

    #[inline]
    pub(super) fn new(context: Context, ends: Option<EndedBy>) -> Self {
        let span = if current::is_deep() {
            Inside::Deep(Box::new(ActiveSpan::new(context.clone(), ends)))
        } else {
            Inside::Current { id: context.span().span_context().span_id(), ends }
        };
        Self { span, attached: current::attach(context), since: Mark::now() }
    }

    /// The closure has returned.
    #[inline(always)]
    pub fn exit(mut self, outcome: Outcome<'_>) {
        if !self.is_empty() {
            self.end(outcome);
        }
        // All that its drop would do is done.
        std::mem::forget(self);
    }

    /// The closure has returned; an error is told by its type.
    #[inline(always)]
    pub fn exit_by_type(mut self, error: Option<&'static str>) {
        if !self.is_empty() {
            self.end_by_type(error);
        }
        std::mem::forget(self);
    }

    #[inline(never)]
    fn end_by_type(&mut self, error: Option<&'static str>) {
        match (error, &self.span) {
            (None, Inside::Current { id, ends: Some(EndedBy::Recorder) }) => {
                current::with(|context| {
                    if context.span().span_context().span_id() == *id {
                        EndedBy::Recorder.end(context);
                    }
                });
                self.attached = None;
            }
            (None, Inside::Unpublished) => {
                self.span = Inside::Nothing;
                route::end_unpublished();
            }
            _ => self.end(Outcome::of_type(error)),
        }
    }

    #[inline(never)]
    fn end(&mut self, outcome: Outcome<'_>) {
        self.take().end(outcome);
        self.attached = None;
    }

    /// Whether there is nothing that a future or a stream could go on under.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.span, Inside::Nothing)
    }

    /// The span. None, where something that was left behind is in its place: then it ends when its
    /// context goes.
    fn take(&mut self) -> ActiveSpan {
        match std::mem::replace(&mut self.span, Inside::Nothing) {
            Inside::Nothing => ActiveSpan::none(),
            Inside::Current { id, ends } => match current::get() {
                Some(context) if context.span().span_context().span_id() == id => {
                    ActiveSpan::new(context, ends)
                }
                _ => ActiveSpan::none(),
            },
            Inside::Deep(span) => *span,
            Inside::Unpublished => route::publish_last().map_or_else(ActiveSpan::none, ActiveSpan::of),
        }
    }

    /// The closure has made a future that goes on under the same span.
    pub fn go_on<F, O>(mut self, future: F, outcome: O) -> Traced<Released<F>, Everything<O>>
    where
        F: Future,
        O: Fn(&F::Output) -> Outcome<'_>,
    {
        Traced::going_on(self.take(), future, outcome)
    }

    /// The closure has made a stream that goes on under the same span.
    pub fn go_on_streaming<S, O>(mut self, stream: S, outcome: O) -> TracedStream<S, O>
    where
        S: Stream,
        O: Fn(&S::Item) -> Outcome<'_>,
    {
        TracedStream::going_on(self.take(), stream, outcome)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.take().end_panicked(self.since);
    }
}

/// A span around a body that runs in place, without a closure: all that can be seen of how it ends
/// is whether it panics.
#[must_use]
#[derive(Debug)]
pub struct EnteredInPlace {
    span: ActiveSpan,
    _attached: Option<Attached>,
    /// The thread was unwinding already when the span started: the panic is not this function's.
    unwinding: bool,
    since: Mark,
}

impl EnteredInPlace {
    pub(super) fn new(span: ActiveSpan) -> Self {
        Self { _attached: span.attach(), span, unwinding: std::thread::panicking(), since: Mark::now() }
    }

    pub(super) fn context(&self) -> Option<&Context> {
        self.span.context()
    }
}

impl Drop for EnteredInPlace {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.unwinding {
            self.span.end_panicked(self.since);
        } else {
            self.span.end(Outcome::success());
        }
    }
}
