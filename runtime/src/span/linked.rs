//! Contexts without a span whose roots are linked to one: what a detached task runs under.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};

use super::parent::without_span;
use crate::engine::context::current;

/// Where what starts here comes from; `None` where the code has said that it comes from elsewhere.
#[derive(Debug)]
struct ComesFrom(Option<SpanContext>);

/// Contexts are searched only once one of them has been made.
static ANY: AtomicBool = AtomicBool::new(false);

/// The context without its span: a span that starts under it is a root, and linked to that one.
pub(crate) fn linked(context: &Context) -> Context {
    match comes_from(context) {
        Some(span) => {
            ANY.store(true, Ordering::Relaxed);
            without_span(context).with_value(ComesFrom(Some(span)))
        }
        None => context.clone(),
    }
}

/// The span of a context, or else the one that its roots are linked to.
pub(crate) fn comes_from(context: &Context) -> Option<SpanContext> {
    let own = context.span().span_context().clone();
    if own.is_valid() { Some(own) } else { owed_under(context) }
}

/// What a span that starts under `context` is to be linked to.
#[inline]
pub(super) fn owed_under(context: &Context) -> Option<SpanContext> {
    if !ANY.load(Ordering::Relaxed) || context.span().span_context().is_valid() {
        return None;
    }
    context.get::<ComesFrom>()?.0.clone()
}

/// The context, with no roots under it that are linked: what the code names is what it hangs on, and nothing besides.
pub(super) fn unlinked(context: Context) -> Context {
    let is_linked =
        ANY.load(Ordering::Relaxed) && context.get::<ComesFrom>().is_some_and(|from| from.0.is_some());
    if is_linked { context.with_value(ComesFrom(None)) } else { context }
}

/// What a span that starts here and now is to be linked to.
#[inline]
pub(super) fn owed() -> Option<SpanContext> {
    if !ANY.load(Ordering::Relaxed) { None } else { look() }
}

#[cold]
fn look() -> Option<SpanContext> {
    if current::span_context(SpanContext::is_valid) == Some(true) {
        return None;
    }
    current::with(owed_under).flatten()
}
