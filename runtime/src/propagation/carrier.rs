//! HTTP headers as carriers.

use http::header::HeaderName;

/// The names of each request: made once, since to make one from its text costs more than to look it up.
static NAMES: [HeaderName; 9] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("b3"),
    HeaderName::from_static("x-b3-traceid"),
    HeaderName::from_static("x-b3-spanid"),
    HeaderName::from_static("x-b3-sampled"),
    HeaderName::from_static("x-b3-flags"),
    HeaderName::from_static("uber-trace-id"),
];

fn made(key: &str) -> Option<&'static HeaderName> {
    NAMES.iter().find(|name| name.as_str() == key)
}

/// Writing.
#[cfg(feature = "client")]
mod inject {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::Context;
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::propagation::{Injector, TextMapPropagator};
    use opentelemetry::trace::TraceContextExt as _;

    use super::made;
    use crate::propagation::stale::is_stale;

    /// Writes a context's fields into headers, in place of those that are there.
    struct HeaderInjector<'a>(&'a mut HeaderMap);

    /// Writes a context into headers; where there is a rule on what is sent, that and nothing else of its kind.
    pub(crate) fn inject(
        propagator: &dyn TextMapPropagator,
        context: &Context,
        headers: &mut HeaderMap,
        is_ruled: bool,
    ) {
        // Where nothing is written at all, what the application has written is its own affair.
        if is_ruled || propagator.fields().next().is_some() {
            let mut headers = HeaderInjector::cleared(headers, context, is_ruled);
            propagator.inject_context(context, &mut headers);
        }
    }

    impl<'a> HeaderInjector<'a> {
        /// Takes out what others have written that says the same as `context`, in whatever format; or all of it, where
        /// there is a rule on what is sent.
        fn cleared(headers: &'a mut HeaderMap, context: &Context, is_ruled: bool) -> Self {
            let is_traced = is_ruled || context.span().span_context().is_valid();
            let has_baggage = is_ruled || !context.baggage().is_empty();
            let is_stale = |name: &&HeaderName| is_stale(name.as_str(), is_traced, has_baggage);
            let stale: Vec<_> = headers.keys().filter(is_stale).cloned().collect();
            for name in stale {
                headers.remove(name);
            }
            Self(headers)
        }
    }

    impl Injector for HeaderInjector<'_> {
        fn set(&mut self, key: &str, value: String) {
            // A propagator that makes an impossible header loses it; the request goes out.
            let Ok(value) = HeaderValue::try_from(value) else { return };
            if let Some(name) = made(key) {
                self.0.insert(name, value);
            } else if let Ok(name) = HeaderName::try_from(key) {
                self.0.insert(name, value);
            }
        }
    }
}

/// Reading.
mod extract {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::propagation::Extractor;

    use super::made;

    /// Reads a context's fields from headers.
    pub(crate) struct HeaderExtractor<'a>(pub(crate) &'a HeaderMap);

    /// Stands for a value that is not text, so that a propagator sees it and refuses it.
    const UNREADABLE: &str = "\u{fffd}";

    fn text(value: &HeaderValue) -> &str {
        value.to_str().unwrap_or(UNREADABLE)
    }

    impl Extractor for HeaderExtractor<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            match made(key) {
                Some(name) => self.0.get(name).map(text),
                None => self.0.get(key).map(text),
            }
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(HeaderName::as_str).collect()
        }

        fn get_all(&self, key: &str) -> Option<Vec<&str>> {
            let values = match made(key) {
                Some(name) => self.0.get_all(name),
                None => self.0.get_all(key),
            };
            let mut values = values.iter().map(text);
            let first = values.next()?;
            Some(std::iter::once(first).chain(values).collect())
        }
    }
}

pub(crate) use extract::HeaderExtractor;
#[cfg(feature = "client")]
pub(crate) use inject::inject;
