//! A span about to start.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::{Link, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

use super::callsite::Callsite;
use super::guard::{Entered, EnteredInPlace};
use super::open::OpenSpan;
use super::origin::{Links, Parent, without_span};
use super::progress::{EachPoll, deliver};
use crate::engine::{current, door, keep_place};

/// A span about to start: its attributes are being collected, so that the sampler can see them.
#[must_use]
#[derive(Debug)]
pub struct Start(Beginning);

#[derive(Debug)]
enum Beginning {
    /// Nothing is recorded.
    Nothing,
    /// Nothing is recorded, and this is current meanwhile: the code has said what to hang on.
    PassingOn(Context),
    Waiting(Waiting),
}

#[derive(Debug)]
struct Waiting {
    callsite: &'static Callsite,
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
    let start = begin(callsite);
    // What waits to start is large, and is not moved where there is nothing of it.
    if start.is_recording() { start.enter() } else { Entered::new(OpenSpan::none()) }
}

/// Starts a span that has no attributes yet, and makes it current; it ends when the guard is dropped.
pub fn enter_in_place(callsite: &'static Callsite) -> EnteredInPlace {
    begin(callsite).enter_in_place()
}

/// Starts a span that has no attributes yet within the first step of a future that waits for it.
pub fn hand_over(callsite: &'static Callsite) {
    begin(callsite).hand_over();
}

/// The same, and another one for each poll.
pub fn hand_over_each_poll(callsite: &'static Callsite) {
    begin(callsite).hand_over_each_poll();
}

/// Begins a span under the current context.
pub fn begin(callsite: &'static Callsite) -> Start {
    if !callsite.is_enabled() {
        return Start(Beginning::Nothing);
    }
    // A look first: a context under which nothing is recorded is not worth a copy.
    let parent = current::with(|context| door::could_record(context).then(|| context.clone())).flatten();
    Start(match parent {
        Some(parent) => Beginning::Waiting(Waiting::new(callsite, parent, false)),
        None => Beginning::Nothing,
    })
}

/// Begins a span that has no parent.
pub fn begin_root(callsite: &'static Callsite) -> Start {
    begin_where(callsite, &without_span)
}

/// Begins a span under what the code says.
pub fn begin_under<P: Parent + ?Sized>(callsite: &'static Callsite, parent: &P) -> Start {
    begin_where(callsite, &|current| parent.context(current).unwrap_or_else(|| without_span(current)))
}

fn begin_where(callsite: &'static Callsite, parent: &dyn Fn(&Context) -> Context) -> Start {
    if !callsite.is_enabled() {
        return Start(Beginning::Nothing);
    }
    let Some(current) = current::get() else { return Start(Beginning::Nothing) };
    let parent = keep_place(&current, parent(&current));
    Start(match door::could_record(&parent) {
        true => Beginning::Waiting(Waiting::new(callsite, parent, true)),
        false => Beginning::PassingOn(parent),
    })
}

impl Waiting {
    fn new(callsite: &'static Callsite, parent: Context, passes_on: bool) -> Self {
        Self { callsite, parent, passes_on, attributes: Vec::new(), more: None }
    }

    fn open(self) -> OpenSpan {
        let mut new = self.callsite.new_span(self.attributes);
        let more = self.more.map(|more| *more).unwrap_or_default();
        new.links = more.links;
        match door::start(&self.parent, new) {
            Some(context) => {
                // The sampler has seen the name that is known beforehand, of which there are few.
                if let Some(name) = more.name {
                    context.span().update_name(name);
                }
                OpenSpan::of(context)
            }
            None if self.passes_on => OpenSpan::passing_on(self.parent),
            None => OpenSpan::none(),
        }
    }
}

impl Start {
    /// Whether attributes are worth evaluating.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        matches!(self.0, Beginning::Waiting(_))
    }

    /// Adds an attribute; `None` adds nothing.
    pub fn attribute(&mut self, key: &'static str, value: Option<Value>) {
        if let (Beginning::Waiting(waiting), Some(value)) = (&mut self.0, value) {
            if waiting.attributes.is_empty() {
                // And what the callsite adds.
                waiting.attributes.reserve(6);
            }
            waiting.attributes.push(KeyValue::new(key, value));
        }
    }

    /// Links the span to others.
    pub fn links<L: Links + ?Sized>(&mut self, links: &L) {
        if let Some(more) = self.more() {
            links.add_to(&mut more.links);
        }
    }

    /// Gives the span another name than its callsite's.
    pub fn name(&mut self, name: String) {
        if let Some(more) = self.more() {
            more.name = Some(name);
        }
    }

    fn more(&mut self) -> Option<&mut More> {
        match &mut self.0 {
            Beginning::Waiting(waiting) => Some(waiting.more.get_or_insert_default()),
            _ => None,
        }
    }

    /// Starts the span and makes it current; it ends with a call of the guard's.
    pub fn enter(self) -> Entered {
        Entered::new(self.open())
    }

    /// Starts the span and makes it current; it ends when the guard is dropped.
    pub fn enter_in_place(self) -> EnteredInPlace {
        EnteredInPlace::new(self.open())
    }

    /// Starts the span within the first step of a future that waits for it.
    pub fn hand_over(self) {
        if !matches!(self.0, Beginning::Nothing) {
            deliver(|| (self.open(), None));
        }
    }

    /// Starts the span within the first step of a future that waits for it, and another one like it
    /// for each further step.
    pub fn hand_over_each_poll(self) {
        match &self.0 {
            Beginning::Nothing => {}
            Beginning::PassingOn(_) => deliver(|| (self.open(), None)),
            Beginning::Waiting(waiting) => {
                let each = Each {
                    callsite: waiting.callsite,
                    is_root: waiting.passes_on,
                    attributes: waiting.attributes.clone(),
                    more: waiting.more.clone(),
                };
                deliver(|| (self.open(), Some(Box::new(each))));
            }
        }
    }

    pub(super) fn open(self) -> OpenSpan {
        match self.0 {
            Beginning::Nothing => OpenSpan::none(),
            Beginning::PassingOn(context) => OpenSpan::passing_on(context),
            Beginning::Waiting(waiting) => waiting.open(),
        }
    }
}

/// What the spans of a future's polls have in common.
#[derive(Debug)]
struct Each {
    callsite: &'static Callsite,
    is_root: bool,
    attributes: Vec<KeyValue>,
    more: Option<Box<More>>,
}

impl EachPoll for Each {
    fn open(&self) -> OpenSpan {
        let mut start = if self.is_root { begin_root(self.callsite) } else { begin(self.callsite) };
        if let Beginning::Waiting(waiting) = &mut start.0 {
            waiting.attributes.clone_from(&self.attributes);
            waiting.more.clone_from(&self.more);
        }
        start.open()
    }
}
