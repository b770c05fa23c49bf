//! The only way to the thread's current OpenTelemetry context.
//!
//! `opentelemetry::Context::current()` panics in the destructor of a thread-local variable once its own variable is
//! gone. A telemetry library must not panic, so every use goes through here. In a thread that is being torn down the
//! answer is "no context".

use std::cell::Cell;

use opentelemetry::{Context, ContextGuard};

/// How far a thread is.
#[derive(Clone, Copy, PartialEq)]
enum ThreadStage {
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
        STAGE.set(ThreadStage::Gone);
    }
}

thread_local! {
    // These have no destructor, so that they can always be asked.
    static STAGE: Cell<ThreadStage> = const { Cell::new(ThreadStage::Unknown) };
    /// How many contexts Spanwise has made current, one within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static CANARY: Canary = const { Canary };
}

#[inline]
fn is_alive() -> bool {
    match STAGE.get() {
        ThreadStage::Alive => true,
        ThreadStage::Unknown => first_look(),
        ThreadStage::Gone => false,
    }
}

#[cold]
fn first_look() -> bool {
    // Where the first use of Spanwise on a thread comes after its context has gone, the look panics, and
    // the panic is caught here; the hook has seen it. There is no other way to ask.
    let in_time = std::panic::catch_unwind(|| Context::map_current(|_| ())).is_ok();
    let is_watched = CANARY.try_with(|_| ()).is_ok();
    let stage = if in_time && is_watched { ThreadStage::Alive } else { ThreadStage::Gone };
    STAGE.set(stage);
    stage == ThreadStage::Alive
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
pub(in crate::engine) fn depth() -> u32 {
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

/// Whether this thread is known to have a context. Never panics: for a panic hook.
pub(in crate::engine) fn is_known_to_be_alive() -> bool {
    STAGE.get() == ThreadStage::Alive
}

/// The current context as OpenTelemetry has it; `None` in a thread that is being torn down.
#[inline]
pub(in crate::engine) fn published() -> Option<Context> {
    is_alive().then(Context::current)
}
