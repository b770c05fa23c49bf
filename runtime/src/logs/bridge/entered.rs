//! The spans of `tracing` that this thread is in.

use std::cell::RefCell;

use opentelemetry::Context;

use crate::engine::current::{self, Attached};

/// A bridge, and a span of its subscriber's.
pub(super) type Key = (u64, u64);

thread_local! {
    static ENTERED: RefCell<Vec<(Key, Attached)>> = const { RefCell::new(Vec::new()) };
}

/// Makes the span's context current.
pub(super) fn enter(key: Key, context: Context) {
    let Some(attached) = current::attach(context) else { return };
    // In a thread that is being torn down it is let go of at once.
    let _ = ENTERED.try_with(|entered| {
        if let Ok(mut entered) = entered.try_borrow_mut() {
            entered.push((key, attached));
        }
    });
}

/// Brings back what was current before, if the span was the last to be entered; where it was not, the later ones stay.
pub(super) fn exit(key: Key) {
    let taken = ENTERED.try_with(|entered| {
        let mut entered = entered.try_borrow_mut().ok()?;
        let index = entered.iter().rposition(|(known, _)| *known == key)?;
        Some(entered.remove(index))
    });
    // Out of the borrow: what goes with a context may be anybody's.
    drop(taken);
}
