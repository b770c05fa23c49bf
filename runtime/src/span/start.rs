//! A span about to start, and one that is open.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue, Value};

use super::callsite::Callsite;
use super::event::fail;
use super::guard::{Entered, EnteredInPlace};
use super::outcome::Outcome;
use super::panic::{self, Mark};
use super::progress::deliver;
use crate::engine::{current, door};

/// A span about to start: its attributes are being collected, so that the sampler can see them.
#[must_use]
#[derive(Debug)]
pub struct Start(Option<Waiting>);

#[derive(Debug)]
struct Waiting {
    callsite: &'static Callsite,
    parent: Context,
    attributes: Vec<KeyValue>,
}

/// Starts a span that has no attributes yet, and makes it current; it ends with a call of the guard's.
#[must_use]
pub fn enter(callsite: &'static Callsite) -> Entered {
    begin(callsite).enter()
}

/// Starts a span that has no attributes yet, and makes it current; it ends when the guard is dropped.
#[must_use]
pub fn enter_in_place(callsite: &'static Callsite) -> EnteredInPlace {
    begin(callsite).enter_in_place()
}

/// Starts a span that has no attributes yet within the first step of a future that waits for it.
pub fn hand_over(callsite: &'static Callsite) {
    begin(callsite).hand_over();
}

/// Begins a span under the current context.
pub fn begin(callsite: &'static Callsite) -> Start {
    // A look first: a context under which nothing is recorded is not worth a copy.
    let parent = current::with(|context| door::could_record(context).then(|| context.clone())).flatten();
    Start(parent.map(|parent| Waiting { callsite, parent, attributes: Vec::new() }))
}

impl Start {
    /// Whether attributes are worth evaluating.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.is_some()
    }

    /// Adds an attribute; `None` adds nothing.
    pub fn attribute(&mut self, key: &'static str, value: Option<Value>) {
        if let (Some(waiting), Some(value)) = (&mut self.0, value) {
            waiting.attributes.push(KeyValue::new(key, value));
        }
    }

    /// Starts the span and makes it current; it ends with a call of the guard's.
    pub fn enter(self) -> Entered {
        Entered::new(self.open())
    }

    /// Starts the span and makes it current; it ends when the guard is dropped.
    pub fn enter_in_place(self) -> EnteredInPlace {
        EnteredInPlace::new(self.open())
    }

    /// Starts the span within the first step of a future that waits for it.
    pub fn hand_over(self) {
        if self.is_recording() {
            deliver(|| self.open());
        }
    }

    pub(super) fn open(self) -> OpenSpan {
        let Some(Waiting { callsite, parent, attributes }) = self.0 else { return OpenSpan(None) };
        OpenSpan(door::start(&parent, callsite.new_span(attributes)))
    }
}

/// A span that has started and not ended: the context that holds it. `None` where nothing is
/// recorded, or once it has ended. It ends by a call; dropping it does nothing.
#[derive(Debug)]
pub(crate) struct OpenSpan(Option<Context>);

// The context that a span is in holds values of any kind; none of them is looked at after a panic, and
// an annotated future is to be as good to catch panics of as it was.
impl UnwindSafe for OpenSpan {}
impl RefUnwindSafe for OpenSpan {}
impl UnwindSafe for Start {}
impl RefUnwindSafe for Start {}

impl OpenSpan {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) fn start(parent: &Context, new: door::NewSpan) -> Self {
        Self(door::start(parent, new))
    }

    pub(crate) fn context(&self) -> Option<&Context> {
        self.0.as_ref()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Makes the span current for as long as the guard lives.
    pub(crate) fn attach(&self) -> Option<current::Attached> {
        current::attach(self.0.clone()?)
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
        let Some(context) = self.0.take() else { return };
        let context = End(context);
        if let Some(failure) = outcome.failure {
            fail(&context.0, failure);
        }
        if let Some(returned) = outcome.returned
            && context.0.span().is_recording()
            && let Some(value) = returned.to_value()
        {
            context.0.span().set_attribute(KeyValue::new("spanwise.return", value));
        }
    }

    /// Ends the span with a panic that is passing through.
    pub(super) fn end_panicked(&mut self, since: Mark) {
        let Some(context) = self.0.take() else { return };
        panic::record(&context, since);
        context.span().end();
    }

    /// Ends the span of something that was given up before it was done: that is no error.
    pub(crate) fn end_cancelled(&mut self) {
        let Some(context) = self.0.take() else { return };
        context.span().set_attribute(KeyValue::new("spanwise.cancelled", true));
        context.span().end();
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
struct End(Context);

impl Drop for End {
    fn drop(&mut self) {
        self.0.span().end();
    }
}

/// Ends the span as cancelled, also where what is dropped panics.
struct Cancel<'a>(&'a mut OpenSpan);

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        self.0.end_cancelled();
    }
}
