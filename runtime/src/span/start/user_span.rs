//! A span of user code that is about to start: of an annotated function, or of `span!`.

use std::panic::{RefUnwindSafe, UnwindSafe};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, Value};

use super::lost_context::LostContextCheck;
use super::parent::{Links, Parent};
use super::pending::{PendingSpan, SpanContent};
use super::pending_link::{pending_link, pending_link_of, without_span};
use crate::engine::context::current;
use crate::engine::provider::handle::inherit_target;
use crate::engine::provider::route;
use crate::engine::provider::route::ParentContext::{Current, Given};
use crate::engine::span::callsite::Callsite;
use crate::span::active::ActiveSpan;
use crate::span::future_span::{PollSpans, deliver};
use crate::span::guard::{Entered, EnteredInPlace};
use crate::span::own_fields::{StatusFields, kind_of};

/// Collects what a span starts with, so that the sampler can see it, and then starts the span.
#[must_use]
#[derive(Debug)]
pub struct UserSpanBuilder {
    callsite: &'static Callsite,
    parent: ParentChoice,
    pending: PendingSpan,
    /// `None` for nearly all spans.
    status: Option<Box<StatusFields>>,
}

/// The parent of a span of user code.
#[derive(Debug)]
enum ParentChoice {
    /// The current context. The attributes are evaluated in between, and leave it as it is.
    Current,
    /// A context that the code names. Where nothing is recorded it becomes current all the same, so that the trace goes on.
    Named(Context),
}

// A context holds values of any kind; none of them is used after a panic.
impl UnwindSafe for UserSpanBuilder {}
impl RefUnwindSafe for UserSpanBuilder {}

/// Begins a span under the current context.
pub fn begin(callsite: &'static Callsite) -> UserSpanBuilder {
    let mut builder = UserSpanBuilder::under_current(callsite);
    if let Some(from) = pending_link() {
        builder.links(&from);
    }
    builder
}

/// Begins a span that has no parent.
pub fn begin_root(callsite: &'static Callsite) -> UserSpanBuilder {
    UserSpanBuilder::under_named(callsite, &without_span)
}

/// Begins a span under the parent that the code names.
pub fn begin_under<P: Parent + ?Sized>(callsite: &'static Callsite, parent: &P) -> UserSpanBuilder {
    let parent = |current: &Context| parent.context(current).unwrap_or_else(|| without_span(current));
    let mut builder = UserSpanBuilder::under_named(callsite, &parent);
    if builder.is_recording()
        && let ParentChoice::Named(parent) = &builder.parent
        && let Some(from) = pending_link_of(parent)
    {
        builder.links(&from);
    }
    builder
}

impl UserSpanBuilder {
    fn under_current(callsite: &'static Callsite) -> Self {
        let pending = if callsite.is_computed_enabled() && route::may_record() {
            current::with(|context| PendingSpan::under(Current(context), callsite, 0)).unwrap_or_else(|| {
                route::count_not_started();
                PendingSpan::NotRecorded
            })
        } else {
            PendingSpan::NotRecorded
        };
        Self { callsite, parent: ParentChoice::Current, pending, status: None }
    }

    fn under_named(callsite: &'static Callsite, parent: &dyn Fn(&Context) -> Context) -> Self {
        let nothing =
            Self { callsite, parent: ParentChoice::Current, pending: PendingSpan::NotRecorded, status: None };
        if !callsite.is_computed_enabled() {
            return nothing;
        }
        let Some(current) = current::get() else {
            route::count_not_started();
            return nothing;
        };
        let parent = inherit_target(&current, parent(&current));
        let pending = if route::may_record() {
            PendingSpan::under(Given(&parent), callsite, 0)
        } else {
            PendingSpan::NotRecorded
        };
        Self { callsite, parent: ParentChoice::Named(parent), pending, status: None }
    }

    /// Returns whether attributes are worth evaluating.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.pending.is_recording()
    }

    /// Adds an attribute; `None` adds nothing.
    pub fn attribute(&mut self, key: &'static str, value: Option<Value>) {
        if let Some(value) = value {
            self.pending.set_attribute(key, value);
        }
    }

    /// Sets the span's own name, kind or status, by one of `tracing-opentelemetry`'s names for them. A value that is no kind or
    /// status is ignored, as it is there.
    #[cold]
    pub fn own_field(&mut self, name: &'static str, value: Option<Value>) {
        let Some(value) = value else { return };
        match name {
            "otel.name" => self.pending.rename(value.to_string()),
            "otel.kind" => {
                if let Some(kind) = kind_of(&value.as_str()) {
                    self.pending.set_kind(kind);
                }
            }
            _ => {
                let status = self.status.get_or_insert_default();
                if status.take(name, || value.to_string())
                    && let Some(status) = status.status()
                {
                    self.pending.set_status(status);
                }
            }
        }
    }

    /// Links the span to other spans.
    pub fn links<L: Links + ?Sized>(&mut self, links: &L) {
        if self.is_recording() {
            let mut list = Vec::new();
            links.add_to(&mut list);
            list.into_iter().for_each(|link| self.pending.add_link(link));
        }
    }

    /// Gives the span another name than its callsite's.
    pub fn name(&mut self, name: String) {
        self.pending.rename(name);
    }

    /// Starts the span and makes it current; it ends when a method of the guard is called.
    pub fn enter(self) -> Entered {
        match self {
            Self {
                callsite, parent: ParentChoice::Current, pending: PendingSpan::Draft(mut draft), ..
            } if !callsite.is_published() => {
                let check = LostContextCheck::unless(callsite, || draft.is_linked());
                current::with(|context| route::start_unpublished(context, draft));
                check.span_started();
                Entered::unpublished()
            }
            builder => Entered::of(builder.open()),
        }
    }

    /// Starts the span and makes it current; it ends when the guard is dropped.
    pub fn enter_in_place(self) -> EnteredInPlace {
        EnteredInPlace::new(self.open())
    }

    /// Starts the span in the first poll of the future that waits for it.
    pub fn hand_over(self) {
        if self.has_context() {
            deliver(|| (self.open(), None));
        }
    }

    /// Starts the span in the first poll of the future that waits for it, and another one like it for each further poll.
    pub fn hand_over_each_poll(mut self) {
        if !self.is_recording() {
            return self.hand_over();
        }
        let poll_spans = PollSpanTemplate {
            callsite: self.callsite,
            is_root: matches!(self.parent, ParentChoice::Named(_)),
            content: self.pending.content(),
        };
        deliver(|| (self.open(), Some(Box::new(poll_spans))));
    }

    /// Whether opening this makes a context current.
    fn has_context(&self) -> bool {
        self.is_recording() || matches!(self.parent, ParentChoice::Named(_)) || self.callsite.is_at_edge()
    }

    pub(in crate::span) fn open(self) -> ActiveSpan {
        let Self { callsite, parent, pending, .. } = self;
        match (parent, pending) {
            (ParentChoice::Current, PendingSpan::NotRecorded) => open_unrecorded(callsite),
            (ParentChoice::Current, PendingSpan::Draft(mut draft)) => {
                let check = LostContextCheck::unless(callsite, || draft.is_linked());
                let started = current::with(|context| route::start_draft(context, draft));
                check.span_started();
                started.map_or_else(ActiveSpan::none, ActiveSpan::of)
            }
            (ParentChoice::Current, PendingSpan::Deferred(content)) => open_deferred(*content, callsite),
            (ParentChoice::Named(parent), pending) => match pending.start(&parent, callsite) {
                Some(started) => ActiveSpan::of(started),
                None => ActiveSpan::new(parent, None),
            },
        }
    }
}

/// What is current in place of a span that is not recorded.
#[cold]
pub(super) fn open_unrecorded(callsite: &'static Callsite) -> ActiveSpan {
    let started = current::with(|context| route::start_unrecorded(context, callsite)).flatten();
    started.map_or_else(ActiveSpan::none, ActiveSpan::of)
}

/// Starts a span under the current context, if the sampler, the hooks or the provider decide to record it. Their code may use
/// the current context itself, so they get a copy.
#[inline(never)]
pub(in crate::span) fn open_deferred(content: SpanContent, callsite: &'static Callsite) -> ActiveSpan {
    let check = LostContextCheck::unless(callsite, || content.is_linked());
    let parent = current::get().unwrap_or_default();
    let Some(started) = content.start(&parent, callsite) else { return ActiveSpan::none() };
    if started.context.span().is_recording() {
        check.span_started();
    }
    ActiveSpan::of(started)
}

/// What the spans of one future's polls have in common.
#[derive(Debug)]
struct PollSpanTemplate {
    callsite: &'static Callsite,
    is_root: bool,
    content: SpanContent,
}

impl PollSpans for PollSpanTemplate {
    fn open(&self) -> ActiveSpan {
        let mut builder = if self.is_root {
            begin_root(self.callsite)
        } else {
            // The links are those of the first poll: a pending link is among them.
            UserSpanBuilder::under_current(self.callsite)
        };
        builder.pending.fill(&self.content);
        builder.open()
    }
}
