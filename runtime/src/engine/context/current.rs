//! What is current on this thread: the context, and within it the unpublished span, if one is running.

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;

use crate::engine::context::{thread_context, unpublished};
use crate::engine::recorder::recorded_span::RecordedSpan;

pub(crate) use crate::engine::context::thread_context::{Attached, attach, is_deep, with};

/// The current context, with the identity of an unpublished span where one is running; `None` in a thread
/// that is being torn down.
#[inline]
pub(crate) fn get() -> Option<Context> {
    thread_context::published().map(unpublished::with_identity)
}

/// The identity of the span that is running, unpublished or not; `None` in a thread that is being torn down.
pub(crate) fn identity<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    with(|context| unpublished::parent(context, look))
}

/// The same for a panic hook, where another panic would end the process: only where the thread is known to have a
/// context still, which it is as soon as Spanwise has been used on it.
pub(crate) fn identity_in_hook<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    thread_context::is_known_to_be_alive().then(|| identity(look)).flatten()
}

/// The span that is running, if it is an unpublished one.
pub(crate) fn with_unpublished<T>(work: impl FnOnce(&mut RecordedSpan) -> T) -> Option<T> {
    unpublished::with_span(work)
}
