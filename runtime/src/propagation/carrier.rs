//! HTTP headers as carriers.

/// Writing.
#[cfg(feature = "client")]
mod inject {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::Context;
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::propagation::Injector;
    use opentelemetry::trace::TraceContextExt as _;

    use super::super::Propagator;

    /// Writes a context's fields into headers, in place of those that are there.
    pub(crate) struct HeaderInjector<'a>(&'a mut HeaderMap);

    impl<'a> HeaderInjector<'a> {
        /// Takes out what others have written that says the same as `context`, in whatever format; or all of it, where
        /// there is a rule on what is sent.
        pub(crate) fn cleared(headers: &'a mut HeaderMap, context: &Context, is_ruled: bool) -> Self {
            if is_ruled || context.span().span_context().is_valid() {
                for propagator in
                    [Propagator::TraceContext, Propagator::B3, Propagator::B3Multi, Propagator::Jaeger]
                {
                    for &header in propagator.headers() {
                        headers.remove(header);
                    }
                }
            }
            if is_ruled || !context.baggage().is_empty() {
                headers.remove("baggage");
                let jaeger = headers.keys().filter(|name| name.as_str().starts_with("uberctx-"));
                for name in jaeger.cloned().collect::<Vec<_>>() {
                    headers.remove(name);
                }
            }
            Self(headers)
        }
    }

    impl Injector for HeaderInjector<'_> {
        fn set(&mut self, key: &str, value: String) {
            // A propagator that makes an impossible header loses it; the request goes out.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
                self.0.insert(name, value);
            }
        }
    }
}

/// Reading.
mod extract {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::propagation::Extractor;

    /// Reads a context's fields from headers.
    pub(crate) struct HeaderExtractor<'a>(pub(crate) &'a HeaderMap);

    /// Stands for a value that is not text, so that a propagator sees it and refuses it.
    const UNREADABLE: &str = "\u{fffd}";

    fn text(value: &HeaderValue) -> &str {
        value.to_str().unwrap_or(UNREADABLE)
    }

    impl Extractor for HeaderExtractor<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key).map(text)
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(HeaderName::as_str).collect()
        }

        fn get_all(&self, key: &str) -> Option<Vec<&str>> {
            let values: Vec<_> = self.0.get_all(key).iter().map(text).collect();
            (!values.is_empty()).then_some(values)
        }
    }
}

pub(crate) use extract::HeaderExtractor;
#[cfg(feature = "client")]
pub(crate) use inject::HeaderInjector;
