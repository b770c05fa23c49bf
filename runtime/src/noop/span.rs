//! Spans that never start.

use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;

use crate::api::trace::Link;
use crate::api::{Context, Key, Value};
use crate::engine::span::callsite::Callsite;
use crate::value::{AttributeValue, Shown};

/// The same in both modes: a program that names a parent compiles with recording if it compiles without.
#[path = "../span/start/parent.rs"]
mod parent;

pub(crate) use parent::{Links, Parent};
pub(crate) use pending_link::without_span;

/// Whether a span can start in this build.
pub(crate) const CAN_RECORD: bool = false;

/// No span.
#[derive(Debug)]
pub(crate) struct ActiveSpan;

impl ActiveSpan {
    pub(crate) const fn none() -> Self {
        Self
    }

    pub(crate) fn context(&self) -> Option<&Context> {
        None
    }

    pub(crate) fn change_context(&mut self, _change: impl FnOnce(&Context) -> Context) {}

    pub(crate) fn is_open(&self) -> bool {
        false
    }

    pub(crate) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        work()
    }

    pub(crate) fn run_or<T>(
        &mut self,
        _otherwise: Option<&Context>,
        _on_panic: fn(&Context),
        work: impl FnOnce() -> T,
    ) -> T {
        work()
    }

    pub(crate) fn cancel(&mut self, _drop: impl FnOnce()) {}

    pub(crate) fn take(&mut self) -> Self {
        Self
    }

    pub(crate) fn end(&mut self, _outcome: Outcome<'_>) {}
}

/// A span that is not going to start.
#[derive(Debug)]
pub(crate) struct LibrarySpanBuilder<'p>(PhantomData<&'p Context>);

impl<'p> LibrarySpanBuilder<'p> {
    pub(crate) fn under(_parent: &'p Context, _callsite: &'static Callsite) -> Self {
        Self(PhantomData)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        false
    }

    pub(crate) fn name(&mut self, _name: impl Into<Cow<'static, str>>) {}

    pub(crate) fn text(&mut self, _key: &'static str, _text: &str) {}

    pub(crate) fn number(&mut self, _key: &'static str, _number: impl Into<i64>) {}

    pub(crate) fn value(&mut self, _key: &Key, _value: Value) {}

    pub(crate) fn link(&mut self, _link: Link) {}

    pub(crate) fn open(self) -> ActiveSpan {
        ActiveSpan
    }
}

/// A failure that is not recorded.
pub(crate) struct Exception<'a>(PhantomData<&'a ()>);

impl<'a> Exception<'a> {
    pub(crate) fn new(_kind: Cow<'a, str>) -> Self {
        Self(PhantomData)
    }

    pub(crate) fn of_type<E>() -> Self {
        Self(PhantomData)
    }

    pub(crate) fn with_message(self, _message: Shown<'a>) -> Self {
        self
    }
}

pub(crate) fn fail(_context: &Context, _exception: Exception<'_>) {}

/// How something went; it is not recorded.
pub(crate) struct Outcome<'a>(PhantomData<&'a ()>);

impl<'a> Outcome<'a> {
    pub(crate) fn success() -> Self {
        Self(PhantomData)
    }

    pub(crate) fn failed(_exception: Exception<'a>) -> Self {
        Self(PhantomData)
    }
}

/// As an `async fn` does when it is polled after it has returned.
pub(crate) fn resumed() -> ! {
    panic!("`async fn` resumed after completion")
}

pub(crate) mod lost_context {
    use crate::api::Context;

    pub(crate) fn mark_carried(context: Context) -> Context {
        context
    }
}

pub(crate) mod pending_link {
    use crate::api::Context;
    use crate::api::trace::SpanContext;

    pub(crate) fn with_pending_link(context: &Context) -> Context {
        context.clone()
    }

    pub(crate) fn span_or_pending_link(_context: &Context) -> Option<SpanContext> {
        None
    }

    pub(crate) fn without_pending_link(context: Context) -> Context {
        context
    }

    pub(crate) fn without_span(context: &Context) -> Context {
        context.clone()
    }
}

/// Sets an attribute of the current span; with recording off, it does nothing.
pub fn set_attribute(_key: impl Into<Cow<'static, str>>, _value: impl AttributeValue) {}

/// Adds an event to the current span; with recording off, it does nothing.
pub fn event(_name: impl Into<Cow<'static, str>>, _attributes: impl IntoIterator<Item = Attribute>) {}

/// Lets spans record the messages of panics; with recording off, it does nothing.
pub fn install_panic_hook() {}

/// The current trace's id; with recording off, `None`.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    None
}

/// The current span's id; with recording off, `None`.
#[must_use]
pub fn current_span_id() -> Option<String> {
    None
}

/// A key and a value; made by [`attributes!`](crate::attributes).
#[derive(Clone, Debug)]
pub struct Attribute(());

impl Attribute {
    pub(crate) const fn none() -> Self {
        Self(())
    }
}

/// A span made by [`span!`](crate::span): current until it is dropped. With recording off, it is empty.
///
/// It belongs to the thread it was made on, as with recording.
#[must_use = "the span ends when this is dropped: bind it to a name, such as `_span`"]
#[derive(Debug)]
pub struct ManualSpan(PhantomData<*const ()>);

impl ManualSpan {
    pub(crate) const fn none() -> Self {
        Self(PhantomData)
    }

    /// Sets an attribute of this span; with recording off, it does nothing.
    pub fn set_attribute(&self, _key: impl Into<Cow<'static, str>>, _value: impl AttributeValue) {}

    /// Marks this span as failed; with recording off, it does nothing.
    pub fn fail<E: Display>(&self, _error: &E) {}
}
