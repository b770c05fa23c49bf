//! The spans of `tracing` that this thread is in.

use std::cell::RefCell;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceId};
use tracing::span::Id;

use crate::engine::context::current;
use crate::engine::context::current::Attached;

/// A span that has been entered, by what is kept with it: a bridge may be exchanged meanwhile, and registries number
/// their spans themselves, so that those of two have the same numbers.
struct Entered {
    identity: (TraceId, SpanId),
    id: Id,
    attached: Attached,
}

fn identity(context: &Context) -> (TraceId, SpanId) {
    let span = context.span();
    (span.span_context().trace_id(), span.span_context().span_id())
}

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

/// Makes the span's context current.
pub(super) fn enter(id: &Id, context: Context) {
    let identity = identity(&context);
    let Some(attached) = current::attach(context) else { return };
    // In a thread that is being torn down it is let go of at once.
    let _ = ENTERED.try_with(|entered| {
        if let Ok(mut entered) = entered.try_borrow_mut() {
            entered.push(Entered { identity, id: id.clone(), attached });
        }
    });
}

/// Brings back what was current before, if the span was the last to be entered; where it was not, the later ones stay.
pub(super) fn exit(context: &Context) {
    let identity = identity(context);
    leave(|entered| entered.identity == identity);
}

/// The same where it cannot be known which context it was.
#[cold]
pub(super) fn exit_unknown(id: &Id) {
    leave(|entered| entered.id == *id);
}

fn leave(is_meant: impl Fn(&Entered) -> bool) {
    let taken = ENTERED.try_with(|entered| {
        let mut entered = entered.try_borrow_mut().ok()?;
        let index = entered.iter().rposition(is_meant)?;
        Some(entered.remove(index))
    });
    // Out of the borrow: what goes with a context may be anybody's.
    drop(taken.ok().flatten().map(|entered| entered.attached));
}
