//! Starts spans that have no attributes when they start: the shortest way, since most spans are such.

use super::lost_context::LostContextCheck;
use super::pending::SpanContent;
use super::pending_link::pending_link;
use super::user_span::{begin, open_deferred, open_unrecorded};
use crate::engine::context::current;
use crate::engine::provider::route;
use crate::engine::provider::route::ParentContext::Current;
use crate::engine::provider::route::{EarlyDecision, StartedSpan};
use crate::engine::span::callsite::Callsite;
use crate::span::active::ActiveSpan;
use crate::span::future_span::deliver;
use crate::span::guard::{Entered, EnteredInPlace};

/// Starts a span without attributes and makes it current; it ends when a method of the guard is called.
pub fn enter(callsite: &'static Callsite) -> Entered {
    if !callsite.is_enabled() {
        return Entered::nothing();
    }
    // First, because `route::may_record` is asked once for each span, and `begin` asks it.
    if pending_link().is_some() {
        return enter_linked(callsite);
    }
    if !route::may_record() {
        return Entered::nothing();
    }
    if !callsite.is_published() {
        return enter_unpublished(callsite);
    }
    match early_decision() {
        EarlyDecision::NotRecorded if callsite.is_at_edge() => Entered::of(open_unrecorded(callsite)),
        EarlyDecision::NotRecorded => Entered::nothing(),
        EarlyDecision::Recorded => start(callsite).map_or_else(Entered::nothing, Entered::started),
        EarlyDecision::Ask => enter_deferred(callsite),
    }
}

/// Starts a span without attributes and makes it current; it ends when the guard is dropped.
pub fn enter_in_place(callsite: &'static Callsite) -> EnteredInPlace {
    EnteredInPlace::new(open(callsite))
}

/// Starts a span without attributes in the first poll of the future that waits for it.
pub fn hand_over(callsite: &'static Callsite) {
    let span = open(callsite);
    if span.is_open() {
        deliver(|| (span, None));
    }
}

/// Starts a span without attributes in the first poll of the future that waits for it, and another one for each further poll.
pub fn hand_over_each_poll(callsite: &'static Callsite) {
    begin(callsite).hand_over_each_poll();
}

/// What is known of a span under the current context. Call this only where [`route::may_record`] has returned `true`.
#[inline]
fn early_decision() -> EarlyDecision {
    current::with(|context| route::early_decision(Current(context))).unwrap_or_else(|| {
        route::count_not_started();
        EarlyDecision::NotRecorded
    })
}

/// Starts a span that will be recorded, under the current context.
#[inline(never)]
fn start(callsite: &'static Callsite) -> Option<StartedSpan> {
    let check = LostContextCheck::new(callsite);
    let started =
        current::with(|context| Some(route::start_draft(context, route::draft(Current(context), callsite)?)))
            .flatten()?;
    check.span_started();
    Some(started)
}

/// Starts an unpublished span. It looks at the current context once, and makes none.
#[inline(never)]
fn enter_unpublished(callsite: &'static Callsite) -> Entered {
    let check = LostContextCheck::new(callsite);
    let decision = current::with(|context| match route::early_decision(Current(context)) {
        EarlyDecision::Recorded => match route::draft(Current(context), callsite) {
            Some(draft) => {
                route::start_unpublished(context, draft);
                EarlyDecision::Recorded
            }
            None => EarlyDecision::NotRecorded,
        },
        decision => decision,
    });
    match decision {
        Some(EarlyDecision::NotRecorded) => Entered::nothing(),
        Some(EarlyDecision::Recorded) => {
            check.span_started();
            Entered::unpublished()
        }
        Some(EarlyDecision::Ask) => enter_deferred(callsite),
        None => {
            route::count_not_started();
            Entered::nothing()
        }
    }
}

/// Starts a span that has a pending link. Not inlined, like [`enter_deferred`], so that [`enter`] stays small.
#[cold]
#[inline(never)]
fn enter_linked(callsite: &'static Callsite) -> Entered {
    begin(callsite).enter()
}

/// Starts a span, if the sampler, the hooks or the provider decide to record it.
#[inline(never)]
fn enter_deferred(callsite: &'static Callsite) -> Entered {
    Entered::of(open_deferred(SpanContent::default(), callsite))
}

fn open(callsite: &'static Callsite) -> ActiveSpan {
    if pending_link().is_some() {
        return begin(callsite).open();
    }
    if !callsite.is_enabled() || !route::may_record() {
        return ActiveSpan::none();
    }
    match early_decision() {
        EarlyDecision::NotRecorded => open_unrecorded(callsite),
        EarlyDecision::Recorded => start(callsite).map_or_else(ActiveSpan::none, ActiveSpan::of),
        EarlyDecision::Ask => open_deferred(SpanContent::default(), callsite),
    }
}
