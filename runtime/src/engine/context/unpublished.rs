//! Spans that are current for Spanwise alone.
//!
//! An `unpublished` span is not put into OpenTelemetry's context, which is most of what a span costs. It is kept
//! here, for its thread, beside the context that it began under. Where another span's context has been made current
//! since, or any by Spanwise, that one wins. One that others attached with the same span cannot be told from it.

use std::cell::{Cell, RefCell};

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanContext, SpanId, TraceContextExt as _};

use crate::engine::context::{current, thread_context};
use crate::engine::recorder::recorded_span::RecordedSpan;

struct UnpublishedSpan {
    span: RecordedSpan,
    /// The span of the context that it began under.
    base: SpanId,
    /// How many contexts Spanwise had made current by then.
    depth: u32,
}

thread_local! {
    /// Has no destructor, so that it can always be asked.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static STACK: RefCell<Vec<UnpublishedSpan>> = const { RefCell::new(Vec::new()) };
}

/// Whether there may be one here.
#[inline]
fn is_any() -> bool {
    COUNT.get() > 0
}

/// The last one, if `context`, which is current, is the one that it began under.
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

/// What a span that starts under `context`, which is current, hangs on.
#[inline]
pub(in crate::engine) fn parent<T>(context: &Context, look: impl FnOnce(&SpanContext) -> T) -> T {
    if is_any() {
        let aside = with_last(context, |span| span.span_context().clone());
        if let Some(parent) = aside {
            return look(&parent);
        }
    }
    look(context.span().span_context())
}

/// `context`, which is current, with the identity of the span that is aside, where there is one.
pub(in crate::engine) fn with_identity(context: Context) -> Context {
    if !is_any() {
        return context;
    }
    match with_last(&context, |span| span.span_context().clone()) {
        Some(identity) => context.with_remote_span_context(identity),
        None => context,
    }
}

/// Does something to the span that is aside; `None` where there is none.
pub(in crate::engine) fn with_span<T>(work: impl FnOnce(&mut RecordedSpan) -> T) -> Option<T> {
    if !is_any() {
        return None;
    }
    current::with(|context| with_last(context, work)).flatten()
}

/// Keeps a span that begins under `context`, which is current. Where the thread is being torn down it is
/// over at once.
#[inline]
pub(in crate::engine) fn push(context: &Context, span: RecordedSpan) {
    let aside = UnpublishedSpan {
        span,
        base: context.span().span_context().span_id(),
        depth: thread_context::depth(),
    };
    let _ = STACK.try_with(|stack| {
        if let Ok(mut stack) = stack.try_borrow_mut() {
            stack.push(aside);
            COUNT.set(stack.len());
        }
    });
}

/// Takes the last one away.
#[inline]
pub(in crate::engine) fn pop() -> Option<RecordedSpan> {
    let pop = |stack: &RefCell<Vec<UnpublishedSpan>>| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let aside = stack.pop();
        COUNT.set(stack.len());
        aside
    };
    STACK.try_with(pop).ok().flatten().map(|aside| aside.span)
}
