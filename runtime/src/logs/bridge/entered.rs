//! The `tracing` spans that this thread has entered.

use std::cell::RefCell;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceId};
use tracing::span::Id;

use crate::engine::context::current;
use crate::engine::context::current::Attached;

/// A span that has been entered. It is found by the identity of our span: ids of `tracing` are unique only within a registry, and
/// the bridge may be exchanged meanwhile.
struct AttachedSpan {
    identity: (TraceId, SpanId),
    id: Id,
    attached: Attached,
}

fn identity(context: &Context) -> (TraceId, SpanId) {
    let span = context.span();
    (span.span_context().trace_id(), span.span_context().span_id())
}

thread_local! {
    static ENTERED: RefCell<Vec<AttachedSpan>> = const { RefCell::new(Vec::new()) };
}

/// Makes the span's context current.
pub(super) fn enter(id: &Id, context: Context) {
    let identity = identity(&context);
    let Some(attached) = current::attach(context) else { return };
    // In a thread that is being torn down it is detached at once.
    let _ = ENTERED.try_with(|entered| {
        if let Ok(mut entered) = entered.try_borrow_mut() {
            entered.push(AttachedSpan { identity, id: id.clone(), attached });
        }
    });
}

/// Makes the previous context current again. If other spans were entered since, they stay.
pub(super) fn exit(context: &Context) {
    let identity = identity(context);
    leave(|entered| entered.identity == identity);
}

/// The same for a span whose context cannot be read any more.
#[cold]
pub(super) fn exit_unknown(id: &Id) {
    leave(|entered| entered.id == *id);
}

fn leave(is_it: impl Fn(&AttachedSpan) -> bool) {
    let taken = ENTERED.try_with(|entered| {
        let mut entered = entered.try_borrow_mut().ok()?;
        let index = entered.iter().rposition(is_it)?;
        Some(entered.remove(index))
    });
    // Outside of the borrow: dropping a context may run any code.
    drop(taken.ok().flatten().map(|entered| entered.attached));
}
