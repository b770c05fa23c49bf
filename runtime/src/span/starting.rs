//! A span of Spanwise's own that is about to start: what a request is told by.

use std::borrow::Cow;

use opentelemetry::trace::Link;
use opentelemetry::{Context, Key, KeyValue, Value};

use super::active::ActiveSpan;
use super::linked::owed_under;
use crate::engine::provider::route;
use crate::engine::provider::route::{DraftSpan, EarlyDecision, NewSpan, ParentContext};
use crate::engine::span::callsite::Callsite;

/// Collects what a span starts with. Each key is set once.
#[derive(Debug)]
pub(crate) struct Starting<'p> {
    parent: &'p Context,
    callsite: &'static Callsite,
    beginning: Beginning,
}

#[derive(Debug)]
enum Beginning {
    /// Recorded for certain: encoded as it comes.
    DraftSpan(DraftSpan),
    /// The sampler, a hook or another provider has to see it first.
    Waiting(Box<NewSpan>),
    /// Nothing is recorded.
    Nothing,
}

impl<'p> Starting<'p> {
    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) fn under(parent: &'p Context, callsite: &'static Callsite) -> Self {
        if route::may_record() {
            Self::through_open_door(parent, callsite)
        } else {
            Self { parent, callsite, beginning: Beginning::Nothing }
        }
    }

    /// The same where the door has been asked already whether it is open, which is to be done once for each span: it
    /// counts those that it is not worth trying.
    pub(crate) fn through_open_door(parent: &'p Context, callsite: &'static Callsite) -> Self {
        let beginning = match route::early_decision(ParentContext::Given(parent)) {
            EarlyDecision::NotRecorded => Beginning::Nothing,
            EarlyDecision::Recorded => route::draft(ParentContext::Given(parent), callsite)
                .map_or(Beginning::Nothing, Beginning::DraftSpan),
            EarlyDecision::Ask => Beginning::Waiting(Box::new(callsite.new_span(Vec::with_capacity(16)))),
        };
        let mut starting = Self { parent, callsite, beginning };
        if let Some(from) = owed_under(parent) {
            starting.link(Link::with_context(from));
        }
        starting
    }

    /// Whether it is worth finding out what it would start with.
    pub(crate) fn is_wanted(&self) -> bool {
        !matches!(self.beginning, Beginning::Nothing)
    }

    pub(crate) fn name(&mut self, name: impl Into<Cow<'static, str>>) {
        match &mut self.beginning {
            Beginning::DraftSpan(draft) => draft.name(name),
            Beginning::Waiting(new) => new.name = name.into(),
            Beginning::Nothing => {}
        }
    }

    #[cfg(any(feature = "client", feature = "server"))]
    #[inline]
    pub(crate) fn text(&mut self, key: &'static str, text: &str) {
        match &mut self.beginning {
            Beginning::DraftSpan(draft) => draft.new_text(key, text),
            Beginning::Waiting(new) => new.attributes.push(KeyValue::new(key, text.to_owned())),
            Beginning::Nothing => {}
        }
    }

    #[cfg(any(feature = "client", feature = "server"))]
    pub(crate) fn number(&mut self, key: &'static str, number: impl Into<i64>) {
        self.value(&Key::from_static_str(key), Value::I64(number.into()));
    }

    pub(crate) fn value(&mut self, key: &Key, value: Value) {
        match &mut self.beginning {
            Beginning::DraftSpan(draft) => draft.new_attribute(key.as_str(), &value),
            Beginning::Waiting(new) => new.attributes.push(KeyValue::new(key.clone(), value)),
            Beginning::Nothing => {}
        }
    }

    /// A value of what the callsite may say itself, in place of that.
    #[cfg(feature = "logs")]
    pub(crate) fn own_value(&mut self, key: &Key, value: Value) {
        match &mut self.beginning {
            Beginning::DraftSpan(draft) => draft.attribute(key.as_str(), &value),
            _ => self.value(key, value),
        }
    }

    pub(crate) fn link(&mut self, link: Link) {
        match &mut self.beginning {
            Beginning::DraftSpan(draft) => draft.link(&link),
            Beginning::Waiting(new) => new.links.push(link),
            Beginning::Nothing => {}
        }
    }

    /// Starts it; empty, where nothing is recorded.
    pub(crate) fn open(self) -> ActiveSpan {
        let started = match self.beginning {
            Beginning::DraftSpan(draft) => Some(route::start_draft(self.parent, draft)),
            Beginning::Waiting(new) => route::start(self.parent, *new, Some(self.callsite)),
            Beginning::Nothing => None,
        };
        started.map_or_else(ActiveSpan::none, ActiveSpan::of)
    }
}
