//! Unpublished spans: they are current for Spanwise alone.
//!
//! An `unpublished` span is not put into OpenTelemetry's context, which is most of what a span costs. It is kept here, on a
//! stack of its thread, beside the context that it started under. It is current only while that context is: if another
//! span's context is attached, or any context by Spanwise, that one is current. A context with the same span that other code
//! attaches cannot be distinguished.

use std::cell::{Cell, RefCell};

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanContext, SpanId, TraceContextExt as _};

use crate::engine::context::thread_context;
use crate::engine::recorder::recorded_span::RecordedSpan;

struct UnpublishedSpan {
    span: RecordedSpan,
    /// The span id of the context that it started under.
    base: SpanId,
    /// How many contexts Spanwise had attached by then.
    depth: u32,
}

thread_local! {
    /// The length of `STACK`. It has no destructor, so it can always be read.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static STACK: RefCell<Vec<UnpublishedSpan>> = const { RefCell::new(Vec::new()) };
}

/// Whether this thread has any.
#[inline]
fn is_any() -> bool {
    COUNT.get() > 0
}

/// Calls `look` with the last span, if it started under `context`, the current one.
fn with_last<T>(context: &Context, look: impl FnOnce(&mut RecordedSpan) -> T) -> Option<T> {
    let base = context.span().span_context().span_id();
    let depth = thread_context::depth();
    let look = |stack: &RefCell<Vec<UnpublishedSpan>>| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let last = stack.last_mut().filter(|last| last.base == base && last.depth == depth)?;
        Some(look(&mut last.span))
    };
    STACK.try_with(look).ok().flatten()
}

/// Calls `look` with the parent of a span that starts under `context`, the current one.
#[inline]
pub(in crate::engine) fn parent_span<T>(context: &Context, look: impl FnOnce(&SpanContext) -> T) -> T {
    if is_any() {
        let unpublished = with_last(context, |span| span.span_context().clone());
        if let Some(parent) = unpublished {
            return look(&parent);
        }
    }
    look(context.span().span_context())
}

/// `context`, the current one, with the span context of the unpublished span, if there is one.
pub(in crate::engine) fn with_span_context(context: Context) -> Context {
    if !is_any() {
        return context;
    }
    match with_last(&context, |span| span.span_context().clone()) {
        Some(span_context) => context.with_remote_span_context(span_context),
        None => context,
    }
}

/// Calls `work` with the current unpublished span; `None` if no such span is current.
pub(in crate::engine) fn with_span<T>(work: impl FnOnce(&mut RecordedSpan) -> T) -> Option<T> {
    if !is_any() {
        return None;
    }
    thread_context::with_any(|context| with_last(context, work)).flatten()
}

/// Pushes a span that starts under `context`, the current one. In a thread that is being torn down it ends at once.
#[inline]
pub(in crate::engine) fn push(context: &Context, span: RecordedSpan) {
    let unpublished = UnpublishedSpan {
        span,
        base: context.span().span_context().span_id(),
        depth: thread_context::depth(),
    };
    let _ = STACK.try_with(|stack| {
        if let Ok(mut stack) = stack.try_borrow_mut() {
            stack.push(unpublished);
            COUNT.set(stack.len());
        }
    });
}

/// Pops the last span.
#[inline]
pub(in crate::engine) fn pop() -> Option<RecordedSpan> {
    let pop = |stack: &RefCell<Vec<UnpublishedSpan>>| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let unpublished = stack.pop();
        COUNT.set(stack.len());
        unpublished
    };
    STACK.try_with(pop).ok().flatten().map(|unpublished| unpublished.span)
}
