//! The headers of messages as carriers, whatever they are kept in.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt as _;

use super::stale::is_stale;
use crate::carrier::{Carrier, CarrierMut};

/// Stands for a value that is not text, so that a propagator sees it and refuses it.
const UNREADABLE: &str = "\u{fffd}";

/// Headers as a propagator reads them: names are the same in small letters and in capitals. Values are looked at
/// where they are asked for: others may be large.
pub(crate) struct Fields<'h>(Vec<(&'h str, &'h [u8])>);

impl<'h> Fields<'h> {
    pub(crate) fn of(carrier: &'h dyn Carrier) -> Self {
        let mut fields = Vec::new();
        carrier.each(&mut |name, value| fields.push((name, value)));
        Self(fields)
    }

    fn values<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'h str> + 's {
        let named = self.0.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(key));
        named.map(|(_, value)| std::str::from_utf8(value).unwrap_or(UNREADABLE))
    }
}

impl Extractor for Fields<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.values(key).next()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<_> = self.values(key).collect();
        (!values.is_empty()).then_some(values)
    }
}

/// What a propagator writes, before it is in a message's headers: those are others' code, which is not to run while the
/// process's propagator is being looked at, and locked by that.
pub(crate) struct Injection {
    fields: Vec<(String, String)>,
    is_traced: bool,
    has_baggage: bool,
}

impl Injector for Injection {
    fn set(&mut self, key: &str, value: String) {
        self.fields.push((key.to_owned(), value));
    }
}

impl Injection {
    /// What it writes of a context; `None` of one that writes nothing at all.
    pub(crate) fn of(propagator: &dyn TextMapPropagator, context: &Context) -> Option<Self> {
        propagator.fields().next()?;
        let is_traced = context.span().span_context().is_valid();
        let has_baggage = !context.baggage().is_empty();
        let mut injection = Self { fields: Vec::new(), is_traced, has_baggage };
        propagator.inject_context(context, &mut injection);
        Some(injection)
    }

    /// Puts it into a message's headers, in place of those that are there and say the same in whatever format.
    pub(crate) fn apply(self, carrier: &mut dyn CarrierMut) {
        let Self { fields, is_traced, has_baggage } = self;
        carrier.retain(&|name| !is_stale(&name.to_ascii_lowercase(), is_traced, has_baggage));
        for (name, value) in fields {
            carrier.set(&name, value);
        }
    }
}
