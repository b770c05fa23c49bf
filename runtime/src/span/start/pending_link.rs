//! Pending links: a context without a span can remember the span that its root spans link to. Detached tasks run under such a
//! context.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};

use crate::engine::context::current;

/// The span that root spans under a context link to; `None` where the code has named another parent since.
#[derive(Debug)]
struct PendingLink(Option<SpanContext>);

/// Whether any context has had a pending link. Contexts are searched only then.
static ANY: AtomicBool = AtomicBool::new(false);

/// Returns the context without its span: a span that starts under it is a root, without links.
pub(crate) fn without_span(context: &Context) -> Context {
    without_pending_link(context.with_remote_span_context(SpanContext::NONE))
}

/// Returns the context without its span: a span that starts under it is a root, and links to that span.
pub(crate) fn with_pending_link(context: &Context) -> Context {
    match span_or_pending_link(context) {
        Some(span) => {
            ANY.store(true, Ordering::Relaxed);
            without_span(context).with_value(PendingLink(Some(span)))
        }
        None => context.clone(),
    }
}

/// Returns the span of a context, or else the one that root spans under it link to.
pub(crate) fn span_or_pending_link(context: &Context) -> Option<SpanContext> {
    let own = context.span().span_context().clone();
    if own.is_valid() { Some(own) } else { pending_link_of(context) }
}

/// Returns the span that a span under `context` must link to.
#[inline]
pub(in crate::span) fn pending_link_of(context: &Context) -> Option<SpanContext> {
    if !ANY.load(Ordering::Relaxed) || context.span().span_context().is_valid() {
        return None;
    }
    context.get::<PendingLink>()?.0.clone()
}

/// Returns the context without its pending link: the parent that the code names replaces it.
pub(in crate::span) fn without_pending_link(context: Context) -> Context {
    let has_link =
        ANY.load(Ordering::Relaxed) && context.get::<PendingLink>().is_some_and(|link| link.0.is_some());
    if has_link { context.with_value(PendingLink(None)) } else { context }
}

/// Returns the span that a span under the current context must link to.
#[inline]
pub(in crate::span) fn pending_link() -> Option<SpanContext> {
    if !ANY.load(Ordering::Relaxed) { None } else { search() }
}

#[cold]
fn search() -> Option<SpanContext> {
    if current::span_context(SpanContext::is_valid) == Some(true) {
        return None;
    }
    current::with(pending_link_of).flatten()
}
