//! A span that is running.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};

use super::failure::panic_note::PanicMark;
use super::failure::record::{fail, fail_panicked};
use super::outcome::Outcome;
use crate::engine::context::current;
use crate::engine::provider::route::{EndedBy, StartedSpan};

/// A span that has started and not ended; empty where nothing is recorded, or after the end. Dropping it does nothing: call one
/// of the methods that end it.
#[derive(Debug)]
pub(crate) struct ActiveSpan(Option<SpanInContext>);

#[derive(Debug)]
struct SpanInContext {
    /// The context that holds the span.
    context: Context,
    /// Who ends the span. `None` if it is not ours: nothing is recorded, and the parent that the code has named is current in
    /// place of a span.
    ends: Option<EndedBy>,
}

// A context holds values of any kind; none of them is used after a panic. Without these, annotating a future would take away
// its `UnwindSafe`.
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

    /// `ends` is `None` if the span in the context is not ours to end.
    #[inline]
    pub(crate) const fn new(context: Context, ends: Option<EndedBy>) -> Self {
        Self(Some(SpanInContext { context, ends }))
    }

    /// Returns the context, and who ends its span.
    pub(super) fn into_parts(self) -> Option<(Context, Option<EndedBy>)> {
        self.0.map(|active| (active.context, active.ends))
    }

    pub(crate) fn context(&self) -> Option<&Context> {
        self.0.as_ref().map(|active| &active.context)
    }

    /// Changes the context around the span, if there is one.
    #[cfg(feature = "server")]
    pub(crate) fn change_context(&mut self, change: impl FnOnce(&Context) -> Context) {
        if let Some(active) = &mut self.0 {
            active.context = change(&active.context);
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Makes the span current until the guard is dropped.
    pub(crate) fn attach(&self) -> Option<current::Attached> {
        current::attach(self.context()?.clone())
    }

    /// Runs `work` with the span current. If it panics, the span ends as failed.
    pub(crate) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.run_with_hook(|_| {}, work)
    }

    #[inline]
    fn run_with_hook<T>(&mut self, on_panic: fn(&Context), work: impl FnOnce() -> T) -> T {
        let _attached = self.attach();
        let guard = EndOnPanic { span: self, on_panic, since: PanicMark::now() };
        let done = work();
        std::mem::forget(guard);
        done
    }

    /// The same, with `otherwise` current where there is no span. `on_panic` is called before a panic ends the span.
    #[cfg(feature = "server")]
    pub(crate) fn run_or<T>(
        &mut self,
        otherwise: Option<&Context>,
        on_panic: fn(&Context),
        work: impl FnOnce() -> T,
    ) -> T {
        if !self.is_open() {
            let _attached = otherwise.and_then(|otherwise| current::attach(otherwise.clone()));
            return work();
        }
        self.run_with_hook(on_panic, work)
    }

    /// Runs `drop`, which drops something that was not done, with the span current; then ends the span as cancelled.
    pub(crate) fn cancel(&mut self, drop: impl FnOnce()) {
        if self.is_open() {
            let _attached = self.attach();
            let _cancel = EndCancelled(self);
            drop();
        }
    }

    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// Ends the span, if there is one.
    pub(crate) fn end(&mut self, outcome: Outcome<'_>) {
        if let Some(active) = self.take_own() {
            if outcome.is_silent() {
                active.end();
            } else {
                let mut end = EndWithOutcome { active, since: PanicMark::now(), is_recorded: false };
                record(&end.active.context, outcome);
                end.is_recorded = true;
            }
        }
    }

    /// Records an outcome on the span, which goes on.
    pub(super) fn record<'a>(&mut self, outcome: impl FnOnce() -> Outcome<'a>) {
        let Some(active) = self.0.as_ref().filter(|active| active.is_own()) else { return };
        let context = active.context.clone();
        self.run(|| {
            let outcome = outcome();
            if !outcome.is_silent() {
                record(&context, outcome);
            }
        });
    }

    /// Empties this; returns the span if it is ours to end.
    #[inline]
    fn take_own(&mut self) -> Option<SpanInContext> {
        self.0.take().filter(SpanInContext::is_own)
    }

    /// Ends the span as failed with the panic that is unwinding through it.
    pub(super) fn end_panicked(&mut self, since: PanicMark) {
        let Some(active) = self.take_own() else { return };
        fail_panicked(&active.context, since);
        active.end();
    }

    /// Ends the span of something that was dropped before it was done. That is no error.
    pub(crate) fn end_cancelled(&mut self) {
        let Some(active) = self.take_own() else { return };
        active.context.span().set_attribute(KeyValue::new("spanwise.cancelled", true));
        active.end();
    }
}

impl SpanInContext {
    #[inline]
    fn is_own(&self) -> bool {
        self.ends.is_some()
    }

    #[inline]
    fn end(&self) {
        if let Some(ends) = self.ends {
            ends.end(&self.context);
        }
    }
}

/// Records an outcome, with the span current: the user's code makes the texts.
fn record(context: &Context, outcome: Outcome<'_>) {
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

/// Ends the span as failed when it is dropped. Forgotten where nothing panics.
struct EndOnPanic<'a> {
    span: &'a mut ActiveSpan,
    /// Called first.
    on_panic: fn(&Context),
    since: PanicMark,
}

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if let Some(context) = self.span.context() {
            (self.on_panic)(context);
        }
        self.span.end_panicked(self.since);
    }
}

/// Ends the span, even if making the error's text panics.
struct EndWithOutcome {
    active: SpanInContext,
    since: PanicMark,
    is_recorded: bool,
}

impl Drop for EndWithOutcome {
    fn drop(&mut self) {
        if !self.is_recorded {
            fail_panicked(&self.active.context, self.since);
        }
        self.active.end();
    }
}

/// Ends the span as cancelled, even if the drop panics.
struct EndCancelled<'a>(&'a mut ActiveSpan);

impl Drop for EndCancelled<'_> {
    fn drop(&mut self) {
        self.0.end_cancelled();
    }
}
