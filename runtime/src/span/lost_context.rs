//! A guess, in debug builds: a span that starts as a root inside of a Tokio task has lost its context on the way there.
//!
//! Tokio has no hook that could tell where a task was spawned. So what is seen is a span of the code's own that hangs on
//! nothing, in a task, while other spans are open in the process, and where nobody has said that it is to be a root. That is
//! told once for each place; in a release build nothing of this is compiled.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;

/// The context was carried to where it is: what starts under it is a root because the code that has carried it was under
/// none.
#[derive(Debug)]
struct Carried;

/// The context as it is carried from one place to another.
pub(crate) fn carried(context: Context) -> Context {
    if cfg!(debug_assertions)
        && !context.span().span_context().is_valid()
        && context.get::<Carried>().is_none()
    {
        return context.with_value(Carried);
    }
    context
}

#[cfg(feature = "otlp")]
pub(crate) use guess::set_wanted;
pub(super) use guess::{Suspect, suspect, suspect_unless};

#[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
mod guess {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use opentelemetry::trace::{SpanContext, SpanKind};

    use super::Carried;
    use crate::diag;
    use crate::engine::context::current;
    use crate::engine::provider::route;
    use crate::engine::span::callsite::Callsite;

    static WANTED: AtomicBool = AtomicBool::new(true);

    /// Whether it is told at all.
    #[cfg(feature = "otlp")]
    pub(crate) fn set_wanted(wanted: bool) {
        WANTED.store(wanted, Ordering::Relaxed);
    }

    /// The most places that are told: in a large program the first are enough to go by.
    const MOST: usize = 64;

    /// A span that may have lost its context, and has not started yet.
    #[must_use]
    #[derive(Debug)]
    pub(in crate::span) struct Suspect(Option<&'static Callsite>);

    /// Whether a span that starts here and now may have.
    #[inline]
    pub(in crate::span) fn suspect(callsite: &'static Callsite) -> Suspect {
        let is_one = !callsite.lost_context_warned().load(Ordering::Relaxed)
            && matches!(callsite.kind(), SpanKind::Internal)
            && current::span_context(SpanContext::is_valid) == Some(false)
            && tokio::task::try_id().is_some()
            && WANTED.load(Ordering::Relaxed)
            && current::with(|context| context.get::<Carried>().is_none()) == Some(true);
        Suspect(is_one.then_some(callsite))
    }

    /// The same, unless it was said what it comes from.
    pub(in crate::span) fn suspect_unless(
        callsite: &'static Callsite,
        is_meant: impl FnOnce() -> bool,
    ) -> Suspect {
        if is_meant() { Suspect(None) } else { suspect(callsite) }
    }

    impl Suspect {
        /// It has started, and is recorded.
        #[inline]
        pub(in crate::span) fn has_started(self) {
            if let Some(callsite) = self.0 {
                tell(callsite);
            }
        }
    }

    #[cold]
    fn tell(callsite: &'static Callsite) {
        static TOLD: AtomicUsize = AtomicUsize::new(0);

        // By itself it is nobody's child: what runs in the background starts so.
        if !route::has_other_open_spans() || callsite.lost_context_warned().swap(true, Ordering::Relaxed) {
            return;
        }
        let Some((function, place)) = callsite.function_and_place() else { return };
        if TOLD.fetch_add(1, Ordering::Relaxed) >= MOST {
            return;
        }
        diag::warn(format_args!(
            "`{function}` ({}:{}) has started a trace of its own inside of a Tokio task, while other spans were open: has its \
             context been lost on the way? `spanwise::spawn(..)` in place of `tokio::spawn(..)`, or \
             `.with_current_context()` on the future, carries it there; `#[instrument(root)]` says that it is meant (told once \
             for each place, in debug builds; see `spanwise::tasks`)",
            place.file, place.line
        ));
    }
}

#[cfg(not(all(debug_assertions, any(feature = "tokio", feature = "otlp"))))]
mod guess {
    use crate::engine::span::callsite::Callsite;

    #[cfg(feature = "otlp")]
    pub(crate) const fn set_wanted(_wanted: bool) {}

    #[derive(Debug)]
    pub(in crate::span) struct Suspect;

    #[inline(always)]
    pub(in crate::span) const fn suspect(_callsite: &'static Callsite) -> Suspect {
        Suspect
    }

    #[inline(always)]
    pub(in crate::span) fn suspect_unless(
        _callsite: &'static Callsite,
        _is_meant: impl FnOnce() -> bool,
    ) -> Suspect {
        Suspect
    }

    impl Suspect {
        #[inline(always)]
        pub(in crate::span) const fn has_started(self) {}
    }
}
