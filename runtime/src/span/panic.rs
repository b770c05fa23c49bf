//! A panic that passes through a span.
//!
//! Only the panic hook sees a panic's message. Ours notes it for the thread and calls the hook that
//! was there before.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;

use super::event::{Exception, LONGEST_MESSAGE, fail};
use crate::diag;
use crate::engine::context::current;
use crate::sampling::flags::public_flags;
use crate::value::Shown;

/// Of a panic's message, so many characters are on the line that tells it.
const LONGEST_LINE: usize = 1024;

thread_local! {
    /// How many panics the hook has seen on this thread.
    static SEEN: Cell<u64> = const { Cell::new(0) };
    /// The message of the last of them.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A moment on this thread: only a panic after it can be one that passes through what began at it. A
/// panic that is carried here from another thread passes the hook there, and has no message here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark(u64);

impl Mark {
    /// Where nothing will be asked of it.
    pub(super) const fn never() -> Self {
        Self(0)
    }

    #[inline]
    pub(super) fn now() -> Self {
        Self(SEEN.try_with(Cell::get).unwrap_or_default())
    }
}

/// Lets the spans that a panic passes through carry its message.
///
/// [`init`](crate::init) does this; call it yourself where the application sets up a provider of its
/// own. Without it such a span still has its error status and an exception event, only no text. The
/// hook notes the message and then calls the one that was set before. Calling it again does nothing.
///
/// A panic in a span is told by one line on standard error, too, ahead of what the hook that was set before says:
///
/// ```text
/// spanwise: warning: panic at src/orders.rs:7:5: no such order trace_id=ca7c587b861435c171c1627040b527a8 span_id=4756b85de4d8abc0 trace_flags=03
/// ```
///
/// Its message is cut off after 1024 characters. It does not pass the application's logger, which the panic may have come from;
/// `OTEL_LOG_LEVEL=none` leaves it out.
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            note(info);
            tell(info);
            before(info);
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a value that is no text");
    // A little more than is recorded of it, so that it shows that it was cut off.
    let message = &message[..message.floor_char_boundary(LONGEST_MESSAGE + 4)];
    // Fails only in a thread that is being torn down, or if the hook itself panicked.
    let _ = SEEN.try_with(|seen| seen.set(seen.get() + 1));
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(message.to_owned());
        }
    });
}

/// Says by which trace the panic is found. It must not panic itself: the process would end.
fn tell(info: &PanicHookInfo<'_>) {
    let ids = |span: &SpanContext| {
        let (trace, id, flags) = (span.trace_id(), span.span_id(), public_flags(span.trace_flags()).to_u8());
        span.is_valid().then(|| format!("trace_id={trace} span_id={id} trace_flags={flags:02x}"))
    };
    let Some(ids) = current::span_context_in_panic_hook(ids).flatten() else { return };
    let message = diag::shown_up_to(info.payload_as_str().unwrap_or("a value that is no text"), LONGEST_LINE);
    match info.location() {
        Some(place) => diag::warn_in_hook(format_args!("panic at {place}: {message} {ids}")),
        None => diag::warn_in_hook(format_args!("panic: {message} {ids}")),
    }
}

/// Does something whose panic goes no further, while another one may be passing through: `None` where it has panicked,
/// and the other's message is still that of the last one then.
pub(crate) fn unnoticed<T>(work: impl FnOnce() -> T) -> Option<T> {
    let Mark(seen) = Mark::now();
    let last =
        LAST.try_with(|last| last.try_borrow_mut().ok().and_then(|mut last| last.take())).ok().flatten();
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    let _ = SEEN.try_with(|count| count.set(seen));
    let _ = LAST.try_with(|place| {
        if let Ok(mut place) = place.try_borrow_mut() {
            *place = last;
        }
    });
    done
}

/// Marks the span of `context`, which was entered at `since`, with the panic that is passing through.
pub(super) fn record(context: &Context, since: Mark) {
    let message =
        || LAST.try_with(|last| last.try_borrow().ok().and_then(|last| last.clone())).ok().flatten();
    let message = if Mark::now() == since { None } else { message() };
    let text: &dyn Display = match &message {
        Some(message) => message,
        None => &"panicked",
    };
    fail(context, Exception::new("panic".into()).with_message(Shown::Display(text)));
}
