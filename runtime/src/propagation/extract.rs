//! Extraction: headers as a propagator reads them.

use opentelemetry::propagation::Extractor;

use crate::carrier::Carrier;

/// Stands for a value that is not text, so that a propagator sees it and rejects it.
const UNREADABLE: &str = "\u{fffd}";

/// The headers of a message. Names are compared without regard to case. A value is decoded only when it is asked for: other
/// headers may be large.
pub(crate) struct CarrierExtractor<'h>(Vec<(&'h str, &'h [u8])>);

impl<'h> CarrierExtractor<'h> {
    pub(crate) fn of(carrier: &'h dyn Carrier) -> Self {
        let mut headers = Vec::new();
        carrier.each(&mut |name, value| headers.push((name, value)));
        Self(headers)
    }

    fn values<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'h str> + 's {
        let named = self.0.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(key));
        named.map(|(_, value)| std::str::from_utf8(value).unwrap_or(UNREADABLE))
    }
}

impl Extractor for CarrierExtractor<'_> {
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

#[cfg(any(feature = "client", feature = "server"))]
mod http {
    use http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::propagation::Extractor;

    use super::super::formats::prebuilt;
    use super::UNREADABLE;

    /// HTTP headers.
    pub(crate) struct HeaderExtractor<'a>(pub(crate) &'a HeaderMap);

    fn text(value: &HeaderValue) -> &str {
        value.to_str().unwrap_or(UNREADABLE)
    }

    impl Extractor for HeaderExtractor<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            match prebuilt(key) {
                Some(name) => self.0.get(name).map(text),
                None => self.0.get(key).map(text),
            }
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(HeaderName::as_str).collect()
        }

        fn get_all(&self, key: &str) -> Option<Vec<&str>> {
            let values = match prebuilt(key) {
                Some(name) => self.0.get_all(name),
                None => self.0.get_all(key),
            };
            let mut values = values.iter().map(text);
            let first = values.next()?;
            Some(std::iter::once(first).chain(values).collect())
        }
    }
}

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use http::HeaderExtractor;
