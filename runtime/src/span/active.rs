//! A span that is open.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};

use super::event::fail;
use super::outcome::Outcome;
use super::panic::{self, Mark};
use crate::engine::context::current;
use crate::engine::provider::route::{EndedBy, StartedSpan};

/// A span that has started and not ended. Empty where nothing is recorded, or once it has ended. It
/// ends by a call; dropping it does nothing.
#[derive(Debug)]
pub(crate) struct ActiveSpan(Option<Running>);

/// What is current meanwhile.
#[derive(Debug)]
struct Running {
    context: Context,
    /// `None` for someone else's span: nothing is recorded, and the code has said what to hang on. That is
    /// passed on.
    ends: Option<EndedBy>,
}

// The context that a span is in holds values of any kind; none of them is looked at after a panic, and
// an annotated future is to be as good to catch panics of as it was.
impl UnwindSafe for ActiveSpan {}
impl RefUnwindSafe for ActiveSpan {}

impl ActiveSpan {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    #[inline]
    pub(super) fn of(started: StartedSpan) -> Self {
        Self::new(started.context, Some(started.ended_by))
    }

    /// This context current, and the span in it ours to end, where it is said how.
    #[inline]
    pub(crate) const fn new(context: Context, ends: Option<EndedBy>) -> Self {
        Self(Some(Running { context, ends }))
    }

    /// What is current, and how that ends.
    pub(super) fn into_parts(self) -> Option<(Context, Option<EndedBy>)> {
        self.0.map(|running| (running.context, running.ends))
    }

    pub(crate) fn context(&self) -> Option<&Context> {
        self.0.as_ref().map(|running| &running.context)
    }

    /// Another context around the same span, if it is open.
    #[cfg(feature = "server")]
    pub(crate) fn change_context(&mut self, change: impl FnOnce(&Context) -> Context) {
        if let Some(running) = &mut self.0 {
            running.context = change(&running.context);
        }
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
        self.run_telling(|_| {}, work)
    }

    #[inline]
    fn run_telling<T>(&mut self, told: fn(&Context), work: impl FnOnce() -> T) -> T {
        let _attached = self.attach();
        let blame = Blame { span: self, told, since: Mark::now() };
        let done = work();
        std::mem::forget(blame);
        done
    }

    /// The same, with `otherwise` current, if anything, where nothing is recorded; and `told` before a panic ends the span.
    #[cfg(feature = "server")]
    pub(crate) fn run_or<T>(
        &mut self,
        otherwise: Option<&Context>,
        told: fn(&Context),
        work: impl FnOnce() -> T,
    ) -> T {
        if !self.is_open() {
            let _attached = otherwise.and_then(|otherwise| current::attach(otherwise.clone()));
            return work();
        }
        self.run_telling(told, work)
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

    /// EndedBy the span, if it is open.
    pub(crate) fn end(&mut self, outcome: Outcome<'_>) {
        if let Some(running) = self.over() {
            if outcome.is_silent() {
                running.end();
            } else {
                let mut end = End { running, since: Mark::now(), is_told: false };
                tell(&end.running.context, outcome);
                end.is_told = true;
            }
        }
    }

    /// Says something of the span, which goes on.
    pub(super) fn tell<'a>(&mut self, outcome: impl FnOnce() -> Outcome<'a>) {
        let Some(context) = self.0.as_ref().filter(|running| running.is_ours()) else { return };
        let context = context.context.clone();
        self.run(|| {
            let outcome = outcome();
            if !outcome.is_silent() {
                tell(&context, outcome);
            }
        });
    }

    /// Empties this. The span that is to be ended.
    #[inline]
    fn over(&mut self) -> Option<Running> {
        self.0.take().filter(Running::is_ours)
    }

    /// EndedBy the span with a panic that is passing through.
    pub(super) fn end_panicked(&mut self, since: Mark) {
        let Some(running) = self.over() else { return };
        panic::record(&running.context, since);
        running.end();
    }

    /// EndedBy the span of something that was given up before it was done: that is no error.
    pub(crate) fn end_cancelled(&mut self) {
        let Some(running) = self.over() else { return };
        running.context.span().set_attribute(KeyValue::new("spanwise.cancelled", true));
        running.end();
    }
}

impl Running {
    #[inline]
    fn is_ours(&self) -> bool {
        self.ends.is_some()
    }

    #[inline]
    fn end(&self) {
        if let Some(ends) = self.ends {
            ends.end(&self.context);
        }
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

/// EndedBy the span as panicked when it is dropped; forgotten where all went well.
struct Blame<'a> {
    span: &'a mut ActiveSpan,
    /// Comes first.
    told: fn(&Context),
    since: Mark,
}

impl Drop for Blame<'_> {
    fn drop(&mut self) {
        if let Some(context) = self.span.context() {
            (self.told)(context);
        }
        self.span.end_panicked(self.since);
    }
}

/// EndedBy the span, also where an error's own text panics.
struct End {
    running: Running,
    since: Mark,
    is_told: bool,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.is_told {
            panic::record(&self.running.context, self.since);
        }
        self.running.end();
    }
}

/// EndedBy the span as cancelled, also where what is dropped panics.
struct Cancel<'a>(&'a mut ActiveSpan);

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        self.0.end_cancelled();
    }
}
