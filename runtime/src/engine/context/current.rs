//! What is current on this thread: the context, and within it the unpublished span, if there is one.

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;

use crate::engine::context::{thread_context, unpublished};
use crate::engine::recorder::recorded_span::RecordedSpan;

pub(crate) use crate::engine::context::thread_context::{Attached, attach, is_deep, with};

/// The current context, with the span context of the unpublished span, if there is one; `None` in a thread that is being
/// torn down.
#[inline]
pub(crate) fn get() -> Option<Context> {
    thread_context::published().map(unpublished::with_span_context)
}

/// The span context of the current span, unpublished or not; `None` in a thread that is being torn down.
pub(crate) fn span_context<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    with(|context| unpublished::parent_span(context, look))
}

/// Like [`span_context`], for a panic hook, where another panic would end the process: `None` unless the thread is known to
/// have a context, because Spanwise was used on it.
pub(crate) fn span_context_in_panic_hook<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    thread_context::is_known_to_be_alive().then(|| span_context(look)).flatten()
}

/// Calls `work` with the current span, if it is an unpublished one.
pub(crate) fn with_unpublished<T>(work: impl FnOnce(&mut RecordedSpan) -> T) -> Option<T> {
    unpublished::with_span(work)
}
