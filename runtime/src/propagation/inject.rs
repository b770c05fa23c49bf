//! Injection: a context is written into headers, in place of those that conflict with it.

use opentelemetry::Context;
use opentelemetry::propagation::{Injector, TextMapPropagator};

use super::conflicting_headers::ConflictingHeaders;
use crate::carrier::CarrierMut;

/// Removes conflicting headers, and lets the propagator write. `open` is called with the conflicting headers, and makes the
/// injector. Does nothing if the propagator writes nothing and nothing must be removed: then the headers are the application's
/// affair.
fn inject_into<I: Injector>(
    propagator: &dyn TextMapPropagator,
    context: &Context,
    has_rule: bool,
    open: impl FnOnce(ConflictingHeaders) -> I,
) -> Option<I> {
    if !has_rule && propagator.fields().next().is_none() {
        return None;
    }
    #[cfg(feature = "client")]
    let conflicting = if has_rule { ConflictingHeaders::all() } else { ConflictingHeaders::with(context) };
    #[cfg(not(feature = "client"))]
    let conflicting = ConflictingHeaders::with(context);
    let mut injector = open(conflicting);
    propagator.inject_context(context, &mut injector);
    Some(injector)
}

/// What a propagator writes into a message's headers. It is kept here first: a carrier is the user's code, which must not run
/// while the process's propagator is locked.
pub(crate) struct CarrierInjection {
    fields: Vec<(String, String)>,
    conflicting: ConflictingHeaders,
}

impl Injector for CarrierInjection {
    fn set(&mut self, key: &str, value: String) {
        self.fields.push((key.to_owned(), value));
    }
}

impl CarrierInjection {
    /// Collects what the propagator writes of a context; `None` if it writes nothing at all.
    pub(crate) fn of(propagator: &dyn TextMapPropagator, context: &Context) -> Option<Self> {
        inject_into(propagator, context, false, |conflicting| Self { fields: Vec::new(), conflicting })
    }

    /// Writes it into the headers, in place of those that conflict with it.
    pub(crate) fn apply(self, carrier: &mut dyn CarrierMut) {
        let Self { fields, conflicting } = self;
        carrier.retain(&|name| !conflicting.contains(&name.to_ascii_lowercase()));
        for (name, value) in fields {
            carrier.set(&name, value);
        }
    }
}

#[cfg(feature = "client")]
mod http {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::Context;
    use opentelemetry::propagation::{Injector, TextMapPropagator};

    use super::super::formats::prebuilt;
    use super::inject_into;

    /// Writes into HTTP headers.
    struct HeaderInjector<'a>(&'a mut HeaderMap);

    /// Writes a context into HTTP headers, in place of those that conflict with it. If the application has a rule for what is
    /// sent, all headers of all formats are removed first.
    pub(crate) fn inject(
        propagator: &dyn TextMapPropagator,
        context: &Context,
        headers: &mut HeaderMap,
        has_rule: bool,
    ) {
        inject_into(propagator, context, has_rule, |conflicting| {
            let is_conflicting = |name: &&HeaderName| conflicting.contains(name.as_str());
            let removed: Vec<_> = headers.keys().filter(is_conflicting).cloned().collect();
            for name in removed {
                headers.remove(name);
            }
            HeaderInjector(headers)
        });
    }

    impl Injector for HeaderInjector<'_> {
        fn set(&mut self, key: &str, value: String) {
            // A value that no header can hold is dropped; the request is sent.
            let Ok(value) = HeaderValue::try_from(value) else { return };
            if let Some(name) = prebuilt(key) {
                self.0.insert(name, value);
            } else if let Ok(name) = HeaderName::try_from(key) {
                self.0.insert(name, value);
            }
        }
    }
}

#[cfg(feature = "client")]
pub(crate) use http::inject;
