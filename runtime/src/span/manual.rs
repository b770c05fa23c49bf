//! The functions that people call: spans, attributes and events by hand.

use std::borrow::Cow;

use opentelemetry::trace::{Span as _, SpanContext, SpanId, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue, Value};

use super::event as events;
use super::failure::exception::Exception;
use super::failure::record;
use super::guard::EnteredInPlace;
use super::start::user_span::UserSpanBuilder;
use crate::engine::context::current;
use crate::value::{AttributeValue, Shown};

/// Sets an attribute of the current span: of the annotated function that is running, or of any other span that is current. Does
/// nothing if no span is being recorded.
///
/// ```
/// #[spanwise::instrument]
/// fn look_up(key: &str) {
///     spanwise::set_attribute("cache.hit", true);
/// }
/// # look_up("a");
/// ```
pub fn set_attribute(key: impl Into<Cow<'static, str>>, value: impl AttributeValue) {
    let Some(value) = value.to_value() else { return };
    let mut attribute = Some(KeyValue::new(key.into(), value));
    let set =
        current::with_unpublished(|span| attribute.take().map(|attribute| span.set_attribute(attribute)));
    // A copy of the context: another provider's span runs its own code, which may use the current context.
    if set.is_none()
        && let (Some(attribute), Some(context)) = (attribute, current::get())
    {
        context.span().set_attribute(attribute);
    }
}

/// Adds an event to the current span, with attributes from [`attributes!`](crate::attributes). Does nothing if no span is being
/// recorded.
///
/// ```
/// use spanwise::attributes;
///
/// spanwise::event("retrying", attributes! { attempt = 2, peer.name = "b" });
/// spanwise::event("gave up", attributes! {});
/// ```
pub fn event(name: impl Into<Cow<'static, str>>, attributes: impl IntoIterator<Item = Attribute>) {
    let attributes = attributes.into_iter();
    let attributes = attributes.filter_map(|attribute| Some(KeyValue::new(attribute.key, attribute.value?)));
    events::add(name.into(), attributes.collect());
}

/// Returns the current trace's id as 32 hexadecimal digits; `None` outside of a trace.
///
/// A trace that is not sampled has an id, too: log lines are found by it.
///
/// ```
/// assert_eq!(spanwise::current_trace_id(), None);
/// ```
#[must_use]
pub fn current_trace_id() -> Option<String> {
    current::span_context(SpanContext::trace_id).filter(|id| *id != TraceId::INVALID).map(|id| id.to_string())
}

/// Returns the current span's id as 16 hexadecimal digits; `None` outside of a span.
#[must_use]
pub fn current_span_id() -> Option<String> {
    current::span_context(SpanContext::span_id).filter(|id| *id != SpanId::INVALID).map(|id| id.to_string())
}

/// A key and a value, made by [`attributes!`](crate::attributes).
#[derive(Clone, Debug)]
pub struct Attribute {
    key: &'static str,
    value: Option<Value>,
}

/// What `attributes!` expands to.
#[must_use]
pub fn attribute(key: &'static str, value: Option<Value>) -> Attribute {
    Attribute { key, value }
}

/// A span made by [`span!`](crate::span). It is current until it is dropped, which ends it.
///
/// It belongs to its thread, and is not `Send`: the compiler rejects it across an `.await` in a task that moves between threads.
/// Annotate an async function instead.
#[must_use = "the span ends when this is dropped: bind it to a name, such as `_span`"]
#[derive(Debug)]
pub struct ManualSpan(EnteredInPlace);

/// What `span!` expands to.
pub fn manual(builder: UserSpanBuilder) -> ManualSpan {
    ManualSpan(builder.enter_in_place())
}

impl ManualSpan {
    /// Sets an attribute of this span, even while another span is current.
    pub fn set_attribute(&self, key: impl Into<Cow<'static, str>>, value: impl AttributeValue) {
        if let (Some(context), Some(value)) = (self.context(), value.to_value()) {
            context.span().set_attribute(KeyValue::new(key.into(), value));
        }
    }

    /// Marks this span as failed, and records the error's type and text.
    pub fn fail<E: std::fmt::Display>(&self, error: &E) {
        if let Some(context) = self.context() {
            record::fail(context, Exception::of_type::<E>().with_message(Shown::Display(error)));
        }
    }

    /// Returns the context that holds this span, to carry it elsewhere; `None` if nothing is recorded.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.0.context()
    }
}
