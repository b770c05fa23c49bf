//! Guards that keep a span current on this thread until its function returns.

use std::future::Future;

use futures_core::Stream;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _};

use super::active::ActiveSpan;
use super::failure::panic_note::PanicMark;
use super::future::{DropWhenDone, FullOutcome, Traced};
use super::outcome::Outcome;
use super::stream::TracedStream;
use crate::engine::context::current;
use crate::engine::context::current::Attached;
use crate::engine::provider::route;
use crate::engine::provider::route::{EndedBy, StartedSpan};

/// Calls the closure. The bound tells the compiler that the closure runs once, and may move out of what it captures.
#[inline(always)]
pub fn call<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Names a type to the compiler, in code that never runs.
#[cold]
#[must_use]
pub fn never<T>() -> T {
    unreachable!("called under `if false`")
}

/// Names the output of a future to the compiler.
#[inline(always)]
pub fn future_of<T, F: Future<Output = T>>(future: F) -> F {
    future
}

/// Names the items of a stream to the compiler.
#[inline(always)]
pub fn stream_of<T, S: Stream<Item = T>>(stream: S) -> S {
    stream
}

/// A span around a closure. [`Entered::exit`] ends it; if it is dropped instead, a panic is unwinding through it.
#[must_use]
#[derive(Debug)]
pub struct Entered {
    // Ended by `exit` or `drop`, before the context is detached.
    span: EnteredSpan,
    attached: Option<Attached>,
    since: PanicMark,
}

/// Where the span of an [`Entered`] is kept.
#[derive(Debug)]
enum EnteredSpan {
    Nothing,
    /// In the current context, and not a second time here. It is compared by its id, because code may have left another
    /// context attached.
    Current {
        id: SpanId,
        ends: Option<EndedBy>,
    },
    /// Here: so many contexts are attached that OpenTelemetry may not have kept this one.
    Deep(Box<ActiveSpan>),
    /// In the engine: an unpublished span.
    Unpublished,
}

impl Entered {
    #[inline]
    pub(super) const fn nothing() -> Self {
        Self { span: EnteredSpan::Nothing, attached: None, since: PanicMark::never() }
    }

    /// An unpublished span, which has started.
    #[inline]
    pub(super) fn unpublished() -> Self {
        Self { span: EnteredSpan::Unpublished, attached: None, since: PanicMark::now() }
    }

    #[inline]
    pub(super) fn started(started: StartedSpan) -> Self {
        Self::new(started.context, Some(started.ended_by))
    }

    /// A span that has started; empty where nothing is recorded.
    pub(super) fn of(span: ActiveSpan) -> Self {
        match span.into_parts() {
            Some((context, ends)) => Self::new(context, ends),
            None => Self::nothing(),
        }
    }

    /// Not inlined, so that a span that is not recorded does not pay for the registers that this needs.
    #[inline(never)]
    fn new(context: Context, ends: Option<EndedBy>) -> Self {
        let span = if current::is_deep() {
            EnteredSpan::Deep(Box::new(ActiveSpan::new(context.clone(), ends)))
        } else {
            EnteredSpan::Current { id: context.span().span_context().span_id(), ends }
        };
        Self { span, attached: current::attach(context), since: PanicMark::now() }
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

    /// The closure has returned; an error is recorded by its type.
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
            (None, EnteredSpan::Current { id, ends: Some(EndedBy::Recorder) }) => {
                current::with(|context| {
                    if context.span().span_context().span_id() == *id {
                        EndedBy::Recorder.end(context);
                    }
                });
                self.attached = None;
            }
            (None, EnteredSpan::Unpublished) => {
                self.span = EnteredSpan::Nothing;
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

    /// Returns whether there is no span.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.span, EnteredSpan::Nothing)
    }

    /// Takes the span out. Nothing, if code has left another context attached: then the span ends when its own context is
    /// dropped.
    fn take(&mut self) -> ActiveSpan {
        match std::mem::replace(&mut self.span, EnteredSpan::Nothing) {
            EnteredSpan::Nothing => ActiveSpan::none(),
            EnteredSpan::Current { id, ends } => match current::get() {
                Some(context) if context.span().span_context().span_id() == id => {
                    ActiveSpan::new(context, ends)
                }
                _ => ActiveSpan::none(),
            },
            EnteredSpan::Deep(span) => *span,
            EnteredSpan::Unpublished => route::publish_last().map_or_else(ActiveSpan::none, ActiveSpan::of),
        }
    }

    /// The closure has returned a future: the span goes on with it.
    pub fn go_on<F, O>(mut self, future: F, outcome: O) -> Traced<DropWhenDone<F>, FullOutcome<O>>
    where
        F: Future,
        O: Fn(&F::Output) -> Outcome<'_>,
    {
        Traced::going_on(self.take(), future, outcome)
    }

    /// The closure has returned a stream: the span goes on with it.
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

/// A span around code that is not in a closure. It fails if that code panics; no result is read.
#[must_use]
#[derive(Debug)]
pub struct EnteredInPlace {
    span: ActiveSpan,
    _attached: Option<Attached>,
    /// The thread was unwinding already when the span started: that panic is not this code's.
    was_panicking: bool,
    since: PanicMark,
}

impl EnteredInPlace {
    pub(super) fn new(span: ActiveSpan) -> Self {
        Self {
            _attached: span.attach(),
            span,
            was_panicking: std::thread::panicking(),
            since: PanicMark::now(),
        }
    }

    pub(super) fn context(&self) -> Option<&Context> {
        self.span.context()
    }
}

impl Drop for EnteredInPlace {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.was_panicking {
            self.span.end_panicked(self.since);
        } else {
            self.span.end(Outcome::success());
        }
    }
}
