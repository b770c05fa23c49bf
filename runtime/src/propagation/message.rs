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
struct Fields<'h>(Vec<(&'h str, &'h [u8])>);

impl<'h> Fields<'h> {
    fn of(carrier: &'h dyn Carrier) -> Self {
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

/// `context` with what a message's headers say.
pub(crate) fn extract(
    propagator: &dyn TextMapPropagator,
    context: &Context,
    carrier: &dyn Carrier,
) -> Context {
    propagator.extract_with_context(context, &Fields::of(carrier))
}

struct Setting<'a>(&'a mut dyn CarrierMut);

impl Injector for Setting<'_> {
    fn set(&mut self, key: &str, value: String) {
        self.0.set(key, value);
    }
}

/// Writes a context into a message's headers, in place of those that are there and say the same in whatever format. One that
/// says nothing leaves them as they are.
pub(crate) fn inject_message(
    propagator: &dyn TextMapPropagator,
    context: &Context,
    carrier: &mut dyn CarrierMut,
) {
    if propagator.fields().next().is_some() {
        let is_traced = context.span().span_context().is_valid();
        let has_baggage = !context.baggage().is_empty();
        carrier.retain(&|name| !is_stale(&name.to_ascii_lowercase(), is_traced, has_baggage));
        propagator.inject_context(context, &mut Setting(carrier));
    }
}
