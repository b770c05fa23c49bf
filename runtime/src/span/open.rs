//! A span that is open.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};

use super::event::fail;
use super::outcome::Outcome;
use super::panic::{self, Mark};
use crate::engine::current;
#[cfg(any(feature = "client", feature = "server"))]
use crate::engine::door;

/// A span that has started and not ended. Empty where nothing is recorded, or once it has ended. It
/// ends by a call; dropping it does nothing.
#[derive(Debug)]
pub(crate) struct OpenSpan(Option<Running>);

/// What is current meanwhile.
#[derive(Debug)]
struct Running {
    context: Context,
    /// Not where nothing is recorded and the code has said what to hang on: that is passed on, and
    /// its span is someone else's to end.
    is_ours: bool,
}

// The context that a span is in holds values of any kind; none of them is looked at after a panic, and
// an annotated future is to be as good to catch panics of as it was.
impl UnwindSafe for OpenSpan {}
impl RefUnwindSafe for OpenSpan {}

impl OpenSpan {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) fn start(parent: &Context, new: door::NewSpan) -> Self {
        door::start(parent, new).map_or_else(Self::none, Self::of)
    }

    pub(super) const fn of(context: Context) -> Self {
        Self(Some(Running { context, is_ours: true }))
    }

    /// No span, and this context current.
    pub(super) const fn passing_on(context: Context) -> Self {
        Self(Some(Running { context, is_ours: false }))
    }

    pub(crate) fn context(&self) -> Option<&Context> {
        self.0.as_ref().map(|running| &running.context)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Makes the span current for as long as the guard lives.
    pub(crate) fn attach(&self) -> Option<current::Attached> {
        current::attach(self.context()?.clone())
    }

    /// Runs `work` with the span current. A panic that passes through ends the span.
    pub(crate) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let _attached = self.attach();
        let blame = Blame(self, Mark::now());
        let done = work();
        std::mem::forget(blame);
        done
    }

    /// The same, with `otherwise` current where nothing is recorded.
    #[cfg(feature = "server")]
    pub(crate) fn run_or<T>(&mut self, otherwise: &Context, work: impl FnOnce() -> T) -> T {
        if self.is_open() {
            return self.run(work);
        }
        let _attached = current::attach(otherwise.clone());
        work()
    }

    /// Runs the drop of what was given up, with the span current, and ends the span.
    pub(crate) fn cancel(&mut self, drop: impl FnOnce()) {
        if self.is_open() {
            let _attached = self.attach();
            let _cancel = Cancel(self);
            drop();
        }
    }

    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// Ends the span, if it is open.
    pub(crate) fn end(&mut self, outcome: Outcome<'_>) {
        if let Some(context) = self.over() {
            if outcome.is_silent() {
                context.span().end();
            } else {
                let mut end = End { context, since: Mark::now(), is_told: false };
                tell(&end.context, outcome);
                end.is_told = true;
            }
        }
    }

    /// Says something of the span, which goes on.
    pub(super) fn tell<'a>(&mut self, outcome: impl FnOnce() -> Outcome<'a>) {
        let Some(context) = self.0.as_ref().filter(|running| running.is_ours) else { return };
        let context = context.context.clone();
        self.run(|| {
            let outcome = outcome();
            if !outcome.is_silent() {
                tell(&context, outcome);
            }
        });
    }

    /// Empties this. The context of a span that is to be ended.
    fn over(&mut self) -> Option<Context> {
        self.0.take().filter(|running| running.is_ours).map(|running| running.context)
    }

    /// Ends the span with a panic that is passing through.
    pub(super) fn end_panicked(&mut self, since: Mark) {
        let Some(context) = self.over() else { return };
        panic::record(&context, since);
        context.span().end();
    }

    /// Ends the span of something that was given up before it was done: that is no error.
    pub(crate) fn end_cancelled(&mut self) {
        let Some(context) = self.over() else { return };
        context.span().set_attribute(KeyValue::new("spanwise.cancelled", true));
        context.span().end();
    }
}

/// With the span current: what is asked for the texts is the user's code.
fn tell(context: &Context, outcome: Outcome<'_>) {
    let _attached = current::attach(context.clone());
    if let Some(failure) = outcome.failure {
        fail(context, failure);
    }
    if let Some(returned) = outcome.returned
        && context.span().is_recording()
        && let Some(value) = returned.to_value()
    {
        context.span().set_attribute(KeyValue::new("spanwise.return", value));
    }
}

/// Ends the span as panicked when it is dropped; forgotten where all went well.
struct Blame<'a>(&'a mut OpenSpan, Mark);

impl Drop for Blame<'_> {
    fn drop(&mut self) {
        self.0.end_panicked(self.1);
    }
}

/// Ends the span, also where an error's own text panics.
struct End {
    context: Context,
    since: Mark,
    is_told: bool,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.is_told {
            panic::record(&self.context, self.since);
        }
        self.context.span().end();
    }
}

/// Ends the span as cancelled, also where what is dropped panics.
struct Cancel<'a>(&'a mut OpenSpan);

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        self.0.end_cancelled();
    }
}
