//! The thread's current OpenTelemetry context. Nothing else calls `Context::current()`.
//!
//! `opentelemetry::Context::current()` panics in the destructor of a thread-local variable once its own variable is
//! gone, and in a signal handler that has interrupted another use of the context. A telemetry library must not panic, so every
//! use goes through here. A thread that is being torn down has no context, and neither has such a handler.

use std::cell::Cell;

use opentelemetry::{Context, ContextGuard};

/// Whether a thread has its context.
#[derive(Clone, Copy, PartialEq)]
enum ThreadStage {
    /// It has not been checked yet.
    Unknown,
    /// OpenTelemetry's variable exists.
    Alive,
    /// It is being read or changed. A signal handler that has interrupted that sees this, and what is dropped with a context.
    Busy,
    /// It is gone, or will be soon.
    Gone,
}

/// Dropped before OpenTelemetry's own variable, because it is initialized after it, and thread-local destructors run in
/// reverse order.
struct TeardownWatch;

impl Drop for TeardownWatch {
    fn drop(&mut self) {
        set_stage(ThreadStage::Gone);
    }
}

thread_local! {
    // These have no destructor, so they can always be read.
    static STAGE: Cell<ThreadStage> = const { Cell::new(ThreadStage::Unknown) };
    /// How many contexts Spanwise has attached, one within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static TEARDOWN_WATCH: TeardownWatch = const { TeardownWatch };
}

/// `LocalKey::set` takes more instructions, because it may have to initialize the variable.
#[inline]
fn set_stage(stage: ThreadStage) {
    STAGE.with(|current| current.set(stage));
}

#[inline]
fn is_alive() -> bool {
    match STAGE.get() {
        ThreadStage::Alive => true,
        ThreadStage::Unknown => first_check(),
        ThreadStage::Busy | ThreadStage::Gone => false,
    }
}

#[cold]
fn first_check() -> bool {
    // If Spanwise is first used on a thread after its context is gone, this call panics. The panic is caught here, but the
    // panic hook sees it. There is no other way to find out.
    let is_alive = std::panic::catch_unwind(|| Context::map_current(|_| ())).is_ok();
    let is_watched = TEARDOWN_WATCH.try_with(|_| ()).is_ok();
    let stage = if is_alive && is_watched { ThreadStage::Alive } else { ThreadStage::Gone };
    set_stage(stage);
    stage == ThreadStage::Alive
}

/// Calls `look` with the current context; `None` where there is no context. `look` must neither change the context nor look at it
/// again, and must not panic: the thread would have no context any more.
#[inline]
pub(crate) fn with<T>(look: impl FnOnce(&Context) -> T) -> Option<T> {
    is_alive().then(|| {
        set_stage(ThreadStage::Busy);
        let looked = Context::map_current(look);
        set_stage(ThreadStage::Alive);
        looked
    })
}

/// The same for code of the application's, which may panic.
pub(in crate::engine) fn with_any<T>(look: impl FnOnce(&Context) -> T) -> Option<T> {
    struct Busy;

    impl Drop for Busy {
        fn drop(&mut self) {
            set_stage(ThreadStage::Alive);
        }
    }

    is_alive().then(|| {
        set_stage(ThreadStage::Busy);
        let _busy = Busy;
        Context::map_current(look)
    })
}

/// Makes a context current until the guard is dropped; `None` where there is no context.
#[inline(always)]
pub(crate) fn attach(context: Context) -> Option<Attached> {
    if !is_alive() {
        return None;
    }
    set_stage(ThreadStage::Busy);
    let attached = Attached { guard: Some(context.attach()), _alive_again: AliveAgain };
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    set_stage(ThreadStage::Alive);
    Some(attached)
}

/// OpenTelemetry drops contexts that are attached more than 65,535 deep. Spanwise stays far below.
const MAX_DEPTH: u32 = 1_000;

/// How many contexts Spanwise has attached, one within the other.
#[inline]
pub(in crate::engine) fn depth() -> u32 {
    DEPTH.get()
}

/// Whether so many contexts are attached that OpenTelemetry might drop another one.
#[inline]
pub(crate) fn is_deep() -> bool {
    depth() >= MAX_DEPTH
}

/// A context made current. Dropping this restores the one before.
#[derive(Debug)]
pub(crate) struct Attached {
    guard: Option<ContextGuard>,
    /// Dropped after the guard, even if what is dropped with its context panics.
    _alive_again: AliveAgain,
}

#[derive(Debug)]
struct AliveAgain;

impl Drop for AliveAgain {
    #[inline]
    fn drop(&mut self) {
        if STAGE.get() == ThreadStage::Busy {
            set_stage(ThreadStage::Alive);
        }
    }
}

impl Drop for Attached {
    #[inline]
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
        if is_alive() {
            set_stage(ThreadStage::Busy);
        } else {
            self.forget();
        }
    }
}

impl Attached {
    /// There is no context to restore, and the guard's own drop would panic.
    #[cold]
    fn forget(&mut self) {
        let guard = self.guard.take();
        if STAGE.get() == ThreadStage::Gone {
            std::mem::forget(guard);
        } else {
            // It is dropped with another context, which is possible only if it was stored in that one.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(guard)));
        }
    }
}

/// Whether this runs in a signal handler that has interrupted another use of the context.
pub(in crate::engine) fn is_interrupted() -> bool {
    STAGE.get() == ThreadStage::Busy
}

/// Whether this thread is known to have a context that is not in use. It never panics, so a panic hook can call it.
pub(in crate::engine) fn is_known_to_be_alive() -> bool {
    STAGE.get() == ThreadStage::Alive
}

/// The current context as OpenTelemetry has it, without an unpublished span; `None` where there is no context.
#[inline]
pub(in crate::engine) fn published() -> Option<Context> {
    with(Context::clone)
}
