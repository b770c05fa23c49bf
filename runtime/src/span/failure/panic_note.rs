//! The message of a panic, noted by the panic hook: nothing else sees it.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use opentelemetry::trace::SpanContext;

use super::exception::MAX_MESSAGE_BYTES;
use crate::diag;
use crate::engine::context::current;
use crate::sampling::flags::public_flags;

/// How much of a panic's message is on the line that reports it, in characters.
const MAX_LINE_CHARS: usize = 1024;

/// Stands for the message of a panic that has none.
const NO_MESSAGE: &str = "a value that is no text";

thread_local! {
    /// How many panics the hook has seen on this thread.
    static SEEN: Cell<u64> = const { Cell::new(0) };
    /// The message of the last of them.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// How many panics this thread had seen when a span began. If the number is the same while a panic unwinds through the span, the
/// panic was resumed from another thread, and its message is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::span) struct PanicMark(u64);

impl PanicMark {
    /// For a place where the mark is not used.
    pub(in crate::span) const fn never() -> Self {
        Self(0)
    }

    #[inline]
    pub(in crate::span) fn now() -> Self {
        Self(SEEN.try_with(Cell::get).unwrap_or_default())
    }
}

/// Returns the message of the last panic on this thread, if it came after `mark`.
pub(in crate::span) fn message_since(mark: PanicMark) -> Option<String> {
    if PanicMark::now() == mark {
        return None;
    }
    LAST.try_with(|last| last.try_borrow().ok().and_then(|last| last.clone())).ok().flatten()
}

/// Installs a panic hook that records panic messages on spans.
///
/// [`init`](crate::init) does this. Call it yourself where the application sets up its own provider. Without the hook, a span
/// that a panic unwinds through still gets its error status and an exception event, but no message. The hook calls the hook
/// that was set before. Further calls do nothing.
///
/// The hook also writes one line to standard error for a panic in a span, before it calls the previous hook:
///
/// ```text
/// spanwise: warning: panic at src/orders.rs:7:5: no such order trace_id=ca7c587b861435c171c1627040b527a8 span_id=4756b85de4d8abc0 trace_flags=03
/// ```
///
/// The message is cut off after 1024 characters. The line does not go through the application's logger, because the panic may
/// come from there. `OTEL_LOG_LEVEL=none` turns the line off.
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            note(info);
            write_line(info);
            before(info);
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or(NO_MESSAGE);
    // A little more than is recorded, so that the cut shows.
    let message = &message[..message.floor_char_boundary(MAX_MESSAGE_BYTES + 4)];
    // Fails only in a thread that is being torn down, or if the hook itself panicked.
    let _ = SEEN.try_with(|seen| seen.set(seen.get() + 1));
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(message.to_owned());
        }
    });
}

/// Writes the line with the trace's id. It must not panic: that would abort the process.
fn write_line(info: &PanicHookInfo<'_>) {
    let ids = |span: &SpanContext| {
        let (trace, id, flags) = (span.trace_id(), span.span_id(), public_flags(span.trace_flags()).to_u8());
        span.is_valid().then(|| format!("trace_id={trace} span_id={id} trace_flags={flags:02x}"))
    };
    let Some(ids) = current::span_context_in_panic_hook(ids).flatten() else { return };
    let message = diag::escaped_up_to(info.payload_as_str().unwrap_or(NO_MESSAGE), MAX_LINE_CHARS);
    match info.location() {
        Some(place) => diag::warn(format_args!("panic at {place}: {message} {ids}")),
        None => diag::warn(format_args!("panic: {message} {ids}")),
    }
}

/// Runs `work` and catches its panic; `None` where it panics. The message of a panic that is unwinding already stays noted.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    let PanicMark(seen) = PanicMark::now();
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
