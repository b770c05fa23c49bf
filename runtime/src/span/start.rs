//! A span about to start.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::{Link, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

use super::active::ActiveSpan;
use super::guard::{Entered, EnteredInPlace};
use super::linked::{owed, owed_under};
use super::lost_context::{Suspect, suspect, suspect_unless};
use super::parent::{Links, Parent, without_span};
use super::progress::{EachPoll, deliver};
use crate::engine::context::current;
use crate::engine::provider::handle::inherit_target;
use crate::engine::provider::route;
use crate::engine::provider::route::ParentContext::{Current, Given};
use crate::engine::provider::route::{DraftSpan, EarlyDecision, StartedSpan};
use crate::engine::span::callsite::Callsite;

/// A span about to start: its attributes are being collected, so that the sampler can see them.
#[must_use]
#[derive(Debug)]
pub struct Start {
    callsite: &'static Callsite,
    beginning: Beginning,
}

#[derive(Debug)]
enum Beginning {
    /// Nothing is recorded.
    Nothing,
    /// Nothing is recorded, and this is current meanwhile: the code has said what to hang on.
    PassingOn(Context),
    /// Recorded for certain.
    DraftSpan(DraftSpan, ParentContext),
    /// The sampler has to see the attributes first.
    Waiting(Box<Waiting>),
}

/// What a span hangs on.
#[derive(Debug)]
enum ParentContext {
    /// What is current. The attributes are evaluated in between, and leave it as it is.
    Current,
    /// What the code says.
    Given(Context),
}

#[derive(Debug)]
struct Waiting {
    parent: Context,
    passes_on: bool,
    attributes: Vec<KeyValue>,
    more: Option<Box<More>>,
}

/// What few spans have.
#[derive(Clone, Debug, Default)]
struct More {
    name: Option<String>,
    links: Vec<Link>,
}

// A context holds values of any kind; none of them is looked at after a panic.
impl UnwindSafe for Start {}
impl RefUnwindSafe for Start {}

/// Starts a span that has no attributes yet, and makes it current; it ends with a call of the guard's.
pub fn enter(callsite: &'static Callsite) -> Entered {
    if !callsite.is_enabled() {
        return Entered::nothing();
    }
    // First, for the door is asked once for each span: it counts those that it is not worth trying.
    if owed().is_some() {
        return begin(callsite).enter();
    }
    if !route::may_record() {
        return Entered::nothing();
    }
    if !callsite.is_published() {
        return enter_aside(callsite);
    }
    match known_there() {
        EarlyDecision::NotRecorded => Entered::nothing(),
        EarlyDecision::Recorded => start(callsite).map_or_else(Entered::nothing, Entered::started),
        EarlyDecision::Ask => entered(ask(callsite)),
    }
}

/// What is known of a span of `callsite` here and now. The look that it takes is small, and where
/// nothing is recorded it is all that is done.
#[inline]
fn known(callsite: &'static Callsite) -> EarlyDecision {
    if callsite.is_enabled() && route::may_record() { known_there() } else { EarlyDecision::NotRecorded }
}

/// The same, where the door is known to be open.
#[inline]
fn known_there() -> EarlyDecision {
    current::with(|context| route::early_decision(Current(context))).unwrap_or_else(|| {
        route::count_not_started();
        EarlyDecision::NotRecorded
    })
}

/// Starts a span that has no attributes under the current context.
#[inline(never)]
fn start(callsite: &'static Callsite) -> Option<StartedSpan> {
    let suspect = suspect(callsite);
    let started =
        current::with(|context| Some(route::start_draft(context, route::draft(Current(context), callsite)?)))
            .flatten()?;
    suspect.has_started();
    Some(started)
}

/// All in one look: there is no context to be made.
#[inline(never)]
fn enter_aside(callsite: &'static Callsite) -> Entered {
    let suspect = suspect(callsite);
    let looked = current::with(|context| match route::early_decision(Current(context)) {
        EarlyDecision::Recorded => match route::draft(Current(context), callsite) {
            Some(draft) => {
                route::start_unpublished(context, draft);
                EarlyDecision::Recorded
            }
            None => EarlyDecision::NotRecorded,
        },
        known => known,
    });
    match looked {
        Some(EarlyDecision::NotRecorded) => Entered::nothing(),
        Some(EarlyDecision::Recorded) => {
            suspect.has_started();
            Entered::unpublished()
        }
        Some(EarlyDecision::Ask) => entered(ask(callsite)),
        None => {
            route::count_not_started();
            Entered::nothing()
        }
    }
}

/// Starts a span that has no attributes, if someone else's code wants it, which may look at the context
/// itself.
#[inline(never)]
fn ask(callsite: &'static Callsite) -> ActiveSpan {
    let suspect = suspect(callsite);
    let parent = current::get().unwrap_or_default();
    let span = Waiting::new(parent, false).open(callsite);
    recorded(suspect, span)
}

/// The span, where it is recorded one that was suspected of having lost its context.
fn recorded(suspect: Suspect, span: ActiveSpan) -> ActiveSpan {
    if span.context().is_some_and(|context| context.span().is_recording()) {
        suspect.has_started();
    }
    span
}

fn open(callsite: &'static Callsite) -> ActiveSpan {
    if owed().is_some() {
        return begin(callsite).open();
    }
    match known(callsite) {
        EarlyDecision::NotRecorded => ActiveSpan::none(),
        EarlyDecision::Recorded => start(callsite).map_or_else(ActiveSpan::none, ActiveSpan::of),
        EarlyDecision::Ask => ask(callsite),
    }
}

fn entered(span: ActiveSpan) -> Entered {
    match span.into_parts() {
        Some((context, ends)) => Entered::new(context, ends),
        None => Entered::nothing(),
    }
}

/// Starts a span that has no attributes yet, and makes it current; it ends when the guard is dropped.
pub fn enter_in_place(callsite: &'static Callsite) -> EnteredInPlace {
    EnteredInPlace::new(open(callsite))
}

/// Starts a span that has no attributes yet within the first step of a future that waits for it.
pub fn hand_over(callsite: &'static Callsite) {
    let span = open(callsite);
    if span.is_open() {
        deliver(|| (span, None));
    }
}

/// The same, and another one for each poll.
pub fn hand_over_each_poll(callsite: &'static Callsite) {
    begin(callsite).hand_over_each_poll();
}

/// Begins a span under the current context.
pub fn begin(callsite: &'static Callsite) -> Start {
    let mut start = Start { callsite, beginning: begin_here(callsite) };
    if let Some(from) = owed() {
        start.links(&from);
    }
    start
}

fn begin_here(callsite: &'static Callsite) -> Beginning {
    match known(callsite) {
        EarlyDecision::NotRecorded => Beginning::Nothing,
        EarlyDecision::Recorded => {
            match current::with(|context| route::draft(Current(context), callsite)).flatten() {
                Some(draft) => Beginning::DraftSpan(draft, ParentContext::Current),
                None => Beginning::Nothing,
            }
        }
        EarlyDecision::Ask => {
            Beginning::Waiting(Box::new(Waiting::new(current::get().unwrap_or_default(), false)))
        }
    }
}

/// Begins a span that has no parent.
pub fn begin_root(callsite: &'static Callsite) -> Start {
    Start { callsite, beginning: begin_where(callsite, &without_span) }
}

/// Begins a span under what the code says.
pub fn begin_under<P: Parent + ?Sized>(callsite: &'static Callsite, parent: &P) -> Start {
    let parent = |current: &Context| parent.context(current).unwrap_or_else(|| without_span(current));
    let mut start = Start { callsite, beginning: begin_where(callsite, &parent) };
    let owed = match &start.beginning {
        Beginning::DraftSpan(_, ParentContext::Given(parent)) => owed_under(parent),
        Beginning::Waiting(waiting) => owed_under(&waiting.parent),
        _ => None,
    };
    if let Some(from) = owed {
        start.links(&from);
    }
    start
}

fn begin_where(callsite: &'static Callsite, parent: &dyn Fn(&Context) -> Context) -> Beginning {
    if !callsite.is_enabled() {
        return Beginning::Nothing;
    }
    let Some(current) = current::get() else {
        route::count_not_started();
        return Beginning::Nothing;
    };
    let parent = inherit_target(&current, parent(&current));
    if !route::may_record() {
        return Beginning::PassingOn(parent);
    }
    match route::early_decision(Given(&parent)) {
        EarlyDecision::NotRecorded => Beginning::PassingOn(parent),
        EarlyDecision::Recorded => match route::draft(Given(&parent), callsite) {
            Some(draft) => Beginning::DraftSpan(draft, ParentContext::Given(parent)),
            None => Beginning::PassingOn(parent),
        },
        EarlyDecision::Ask => Beginning::Waiting(Box::new(Waiting::new(parent, true))),
    }
}

impl Waiting {
    fn new(parent: Context, passes_on: bool) -> Self {
        Self { parent, passes_on, attributes: Vec::new(), more: None }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// It was said what it comes from.
    fn is_meant(&self) -> bool {
        self.passes_on || self.more.as_ref().is_some_and(|more| !more.links.is_empty())
    }

    fn open(self, callsite: &'static Callsite) -> ActiveSpan {
        let mut new = callsite.new_span(self.attributes);
        let more = self.more.map(|more| *more).unwrap_or_default();
        new.links = more.links;
        // The sampler sees the name that is known beforehand, of which there are few.
        new.rename = more.name;
        match route::start(&self.parent, new, Some(callsite)) {
            Some(started) => ActiveSpan::of(started),
            None if self.passes_on => ActiveSpan::new(self.parent, None),
            None => ActiveSpan::none(),
        }
    }
}

impl Start {
    /// Whether attributes are worth evaluating.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        matches!(self.beginning, Beginning::DraftSpan(..) | Beginning::Waiting(_))
    }

    /// Adds an attribute; `None` adds nothing.
    pub fn attribute(&mut self, key: &'static str, value: Option<Value>) {
        let Some(value) = value else { return };
        match &mut self.beginning {
            Beginning::DraftSpan(draft, _) => draft.attribute(key, &value),
            Beginning::Waiting(waiting) => waiting.attributes.push(KeyValue::new(key, value)),
            Beginning::Nothing | Beginning::PassingOn(_) => {}
        }
    }

    /// Links the span to others.
    pub fn links<L: Links + ?Sized>(&mut self, links: &L) {
        if self.is_recording() {
            let mut list = Vec::new();
            links.add_to(&mut list);
            match &mut self.beginning {
                Beginning::DraftSpan(draft, _) => list.iter().for_each(|link| draft.link(link)),
                Beginning::Waiting(waiting) => waiting.more().links.append(&mut list),
                Beginning::Nothing | Beginning::PassingOn(_) => {}
            }
        }
    }

    /// Gives the span another name than its callsite's.
    pub fn name(&mut self, name: String) {
        match &mut self.beginning {
            Beginning::DraftSpan(draft, _) => draft.name(name),
            Beginning::Waiting(waiting) => waiting.more().name = Some(name),
            Beginning::Nothing | Beginning::PassingOn(_) => {}
        }
    }

    /// Starts the span and makes it current; it ends with a call of the guard's.
    pub fn enter(self) -> Entered {
        match self.beginning {
            Beginning::DraftSpan(mut draft, ParentContext::Current) if !self.callsite.is_published() => {
                let suspect = suspect_unless(self.callsite, || draft.is_linked());
                current::with(|context| route::start_unpublished(context, draft));
                suspect.has_started();
                Entered::unpublished()
            }
            beginning => entered(Self { beginning, ..self }.open()),
        }
    }

    /// Starts the span and makes it current; it ends when the guard is dropped.
    pub fn enter_in_place(self) -> EnteredInPlace {
        EnteredInPlace::new(self.open())
    }

    /// Starts the span within the first step of a future that waits for it.
    pub fn hand_over(self) {
        if !matches!(self.beginning, Beginning::Nothing) {
            deliver(|| (self.open(), None));
        }
    }

    /// Starts the span within the first step of a future that waits for it, and another one like it
    /// for each further step.
    pub fn hand_over_each_poll(mut self) {
        let (is_root, attributes, more) = match &mut self.beginning {
            Beginning::Nothing => return,
            Beginning::PassingOn(_) => return deliver(|| (self.open(), None)),
            Beginning::DraftSpan(draft, under) => {
                let (attributes, links, name) = draft.content();
                (matches!(under, ParentContext::Given(_)), attributes, More { name, links })
            }
            Beginning::Waiting(waiting) => {
                let more = waiting.more.as_deref().cloned().unwrap_or_default();
                (waiting.passes_on, waiting.attributes.clone(), more)
            }
        };
        let each = Each { callsite: self.callsite, is_root, attributes, more };
        deliver(|| (self.open(), Some(Box::new(each))));
    }

    pub(super) fn open(self) -> ActiveSpan {
        match self.beginning {
            Beginning::Nothing => ActiveSpan::none(),
            Beginning::PassingOn(context) => ActiveSpan::new(context, None),
            Beginning::DraftSpan(mut draft, ParentContext::Current) => {
                let suspect = suspect_unless(self.callsite, || draft.is_linked());
                let started = current::with(|context| route::start_draft(context, draft));
                suspect.has_started();
                started.map_or_else(ActiveSpan::none, ActiveSpan::of)
            }
            Beginning::DraftSpan(draft, ParentContext::Given(parent)) => {
                ActiveSpan::of(route::start_draft(&parent, draft))
            }
            Beginning::Waiting(waiting) => {
                let suspect = suspect_unless(self.callsite, || waiting.is_meant());
                recorded(suspect, waiting.open(self.callsite))
            }
        }
    }
}

/// What the spans of a future's polls have in common.
#[derive(Debug)]
struct Each {
    callsite: &'static Callsite,
    is_root: bool,
    attributes: Vec<KeyValue>,
    more: More,
}

impl EachPoll for Each {
    fn open(&self) -> ActiveSpan {
        let mut start = if self.is_root {
            begin_root(self.callsite)
        } else {
            // What it is linked to is known from the first poll.
            Start { callsite: self.callsite, beginning: begin_here(self.callsite) }
        };
        match &mut start.beginning {
            Beginning::Nothing | Beginning::PassingOn(_) => {}
            Beginning::DraftSpan(draft, _) => {
                for attribute in &self.attributes {
                    draft.attribute(attribute.key.as_str(), &attribute.value);
                }
                self.more.links.iter().for_each(|link| draft.link(link));
                if let Some(name) = &self.more.name {
                    draft.name(name.clone());
                }
            }
            Beginning::Waiting(waiting) => {
                waiting.attributes.clone_from(&self.attributes);
                waiting.more = Some(Box::new(self.more.clone()));
            }
        }
        start.open()
    }
}
