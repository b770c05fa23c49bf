//! Warns, in debug builds, about a root span that starts inside a Tokio task: its context was probably lost on the way there.
//!
//! Tokio has no hook that says where a task was spawned. So the warning is a guess. It is given for a span of user code that is
//! a root, in a task, while other spans are open in the process, unless the code asks for a root. Each place in the code is
//! warned about once. Release builds contain none of this.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;

/// Marks a context that the code has carried to where it is. A root under it is no accident: the code that carried the context
/// was under no span.
#[derive(Debug)]
struct CarriedMarker;

/// Marks the context as carried from one place to another.
pub(crate) fn mark_carried(context: Context) -> Context {
    if cfg!(debug_assertions)
        && !context.span().span_context().is_valid()
        && context.get::<CarriedMarker>().is_none()
    {
        return context.with_value(CarriedMarker);
    }
    context
}

pub(in crate::span) use check::LostContextCheck;
#[cfg(feature = "otlp")]
pub(crate) use check::set_enabled;

#[cfg(all(debug_assertions, any(feature = "tokio", feature = "otlp")))]
mod check {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use opentelemetry::trace::{SpanContext, SpanKind};

    use super::CarriedMarker;
    use crate::diag;
    use crate::engine::context::current;
    use crate::engine::provider::route;
    use crate::engine::span::callsite::Callsite;

    static ENABLED: AtomicBool = AtomicBool::new(true);

    /// Turns the warning on or off.
    #[cfg(feature = "otlp")]
    pub(crate) fn set_enabled(enabled: bool) {
        ENABLED.store(enabled, Ordering::Relaxed);
    }

    /// The most places that are warned about: in a large program the first few are enough.
    const MAX_WARNINGS: usize = 64;

    /// A span that has not started yet. Its callsite, if the span has probably lost its context.
    #[must_use]
    #[derive(Debug)]
    pub(in crate::span) struct LostContextCheck(Option<&'static Callsite>);

    impl LostContextCheck {
        /// Checks a span that is about to start under the current context.
        #[inline]
        pub(in crate::span) fn new(callsite: &'static Callsite) -> Self {
            let is_lost = matches!(callsite.kind(), SpanKind::Internal)
                && current::span_context(SpanContext::is_valid) == Some(false)
                && tokio::task::try_id().is_some()
                && ENABLED.load(Ordering::Relaxed)
                && current::with(|context| context.get::<CarriedMarker>().is_none()) == Some(true)
                && !callsite.lost_context_warned().load(Ordering::Relaxed);
            Self(is_lost.then_some(callsite))
        }

        /// The same, unless the code has said what the span comes from.
        pub(in crate::span) fn unless(
            callsite: &'static Callsite,
            is_intended: impl FnOnce() -> bool,
        ) -> Self {
            if is_intended() { Self(None) } else { Self::new(callsite) }
        }

        /// Warns, now that the span has started and is recorded.
        #[inline]
        pub(in crate::span) fn span_started(self) {
            if let Some(callsite) = self.0 {
                warn(callsite);
            }
        }
    }

    #[cold]
    fn warn(callsite: &'static Callsite) {
        static WARNINGS: AtomicUsize = AtomicUsize::new(0);

        // Where no other span is open, this is background work, and a root is right.
        if !route::has_other_open_spans() || callsite.lost_context_warned().swap(true, Ordering::Relaxed) {
            return;
        }
        let Some((function, file, line)) = callsite.function_and_line() else { return };
        if WARNINGS.fetch_add(1, Ordering::Relaxed) >= MAX_WARNINGS {
            return;
        }
        diag::warn(format_args!(
            "`{function}` ({file}:{line}) started a new trace inside a Tokio task while other spans were open: its context was \
             probably lost. Use `spanwise::spawn(..)` instead of `tokio::spawn(..)`, or call `.with_current_context()` on \
             the future. If a new trace is intended, write `#[instrument(root)]`. (Warned once for each place, in debug \
             builds only; see `spanwise::docs::tasks`.)"
        ));
    }
}

#[cfg(not(all(debug_assertions, any(feature = "tokio", feature = "otlp"))))]
mod check {
    use crate::engine::span::callsite::Callsite;

    #[cfg(feature = "otlp")]
    pub(crate) const fn set_enabled(_enabled: bool) {}

    #[derive(Debug)]
    pub(in crate::span) struct LostContextCheck;

    impl LostContextCheck {
        #[inline(always)]
        pub(in crate::span) const fn new(_callsite: &'static Callsite) -> Self {
            Self
        }

        #[inline(always)]
        pub(in crate::span) fn unless(
            _callsite: &'static Callsite,
            _is_intended: impl FnOnce() -> bool,
        ) -> Self {
            Self
        }

        #[inline(always)]
        pub(in crate::span) const fn span_started(self) {}
    }
}
