//! The only way to the thread's current context.
//!
//! `opentelemetry::Context::current()` panics in the destructor of a thread-local variable, once its
//! own variable is gone. A telemetry library must not: every use goes through here, and where the
//! thread is that far gone the answer is "no context".

use std::cell::Cell;

use opentelemetry::trace::SpanContext;
use opentelemetry::{Context, ContextGuard};

use super::aside;
use super::span::RecordedSpan;

/// How far a thread is.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// Nobody has asked yet.
    Unknown,
    /// OpenTelemetry's variable is there.
    Alive,
    /// It is not, or not for long.
    Gone,
}

/// Dropped before OpenTelemetry's own variable, because it is initialised after it and thread-local
/// destructors run in reverse order.
struct Canary;

impl Drop for Canary {
    fn drop(&mut self) {
        STAGE.set(Stage::Gone);
    }
}

thread_local! {
    // These have no destructor, so that they can always be asked.
    static STAGE: Cell<Stage> = const { Cell::new(Stage::Unknown) };
    /// How many contexts Spanwise has made current, one within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static CANARY: Canary = const { Canary };
}

#[inline]
fn is_alive() -> bool {
    match STAGE.get() {
        Stage::Alive => true,
        Stage::Unknown => first_look(),
        Stage::Gone => false,
    }
}

#[cold]
fn first_look() -> bool {
    // Where the first use of Spanwise on a thread comes after its context has gone, the look panics, and
    // the panic is caught here; the hook has seen it. There is no other way to ask.
    let in_time = std::panic::catch_unwind(|| Context::map_current(|_| ())).is_ok();
    let is_watched = CANARY.try_with(|_| ()).is_ok();
    let stage = if in_time && is_watched { Stage::Alive } else { Stage::Gone };
    STAGE.set(stage);
    stage == Stage::Alive
}

/// The current context, with the identity of an unpublished span where one is running; `None` in a thread
/// that is being torn down.
#[inline]
pub(crate) fn get() -> Option<Context> {
    is_alive().then(|| aside::with_identity(Context::current()))
}

/// The identity of the span that is running, unpublished or not; `None` in a thread that is being torn down.
pub(crate) fn identity<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    with(|context| aside::parent(context, look))
}

/// The same for a panic hook, where another panic would end the process: only where the thread is known to have a
/// context still, which it is as soon as Spanwise has been used on it.
pub(crate) fn identity_in_hook<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    (STAGE.get() == Stage::Alive).then(|| identity(look)).flatten()
}

/// The span that is running, if it is an unpublished one.
pub(crate) fn unpublished<T>(work: impl FnOnce(&mut RecordedSpan) -> T) -> Option<T> {
    aside::with_span(work)
}

/// A look at the current context. `look` must not attach a context.
#[inline]
pub(crate) fn with<T>(look: impl FnOnce(&Context) -> T) -> Option<T> {
    is_alive().then(|| Context::map_current(look))
}

/// Makes a context current until the guard is dropped; `None` in a thread that is being torn down.
#[inline]
pub(crate) fn attach(context: Context) -> Option<Attached> {
    is_alive().then(|| {
        DEPTH.set(DEPTH.get() + 1);
        Attached(Some(context.attach()))
    })
}

/// OpenTelemetry keeps 65,535 contexts, one within the other, and lets go of what is attached beyond.
const SURELY_KEPT: u32 = 1_000;

/// How many contexts Spanwise has made current, one within the other.
#[inline]
pub(super) fn depth() -> u32 {
    DEPTH.get()
}

/// Whether what is attached may not be kept.
#[inline]
pub(crate) fn is_deep() -> bool {
    depth() >= SURELY_KEPT
}

/// A context made current. Dropping it brings back the one before.
#[derive(Debug)]
pub(crate) struct Attached(Option<ContextGuard>);

impl Drop for Attached {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
        if !is_alive() {
            // There is nothing left to go back to, and the guard's own drop would panic.
            std::mem::forget(self.0.take());
        }
    }
}
