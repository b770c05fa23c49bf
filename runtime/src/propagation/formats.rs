//! Every format behind [`Propagator`].

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

#[cfg(any(feature = "client", feature = "server"))]
use super::format::Header;
use super::format::PropagationFormat;
use crate::propagator::{Propagator, propagators};

macro_rules! define_formats {
    ($($(#[$doc:meta])+ $variant:ident $name:literal => $module:ident::$format:ident;)+) => {
        /// The formats, in the order of [`Propagator::ALL`].
        pub(super) static FORMATS: [&PropagationFormat; Propagator::ALL.len()] = [$(&super::$module::$format),+];

        impl TextMapPropagator for Propagator {
            fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
                match self {
                    $(Self::$variant => (super::$module::$format.inject)(context, injector),)+
                }
            }

            fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
                let extracted = match self {
                    $(Self::$variant => (super::$module::$format.extract)(context, extractor),)+
                };
                extracted.unwrap_or_else(|| context.clone())
            }

            fn fields(&self) -> FieldIter<'_> {
                static FIELDS: LazyLock<[Vec<String>; Propagator::ALL.len()]> =
                    LazyLock::new(|| Propagator::ALL.map(|one| one.headers().map(str::to_owned).collect()));
                FieldIter::new(&FIELDS[*self as usize])
            }
        }
    };
}

propagators!(define_formats);

impl Propagator {
    /// Returns the names of the headers that the format writes.
    pub(super) fn headers(self) -> impl Iterator<Item = &'static str> {
        FORMATS[self as usize].headers.iter().map(|header| header.name)
    }
}

/// Returns the prebuilt name of a header that a format writes.
#[cfg(any(feature = "client", feature = "server"))]
pub(super) fn prebuilt(name: &str) -> Option<&'static http::HeaderName> {
    FORMATS
        .iter()
        .flat_map(|format| format.headers)
        .find(|header| header.name == name)
        .map(|header: &Header| &header.http)
}
