//! Context in headers: carriers in, carriers out.
//!
//! One file for each format, to the letter of its text; [`Propagator`] is the door to all of them.
//! [`init`](crate::init) makes those that `OTEL_PROPAGATORS` names the global one.

mod b3;
mod baggage;
#[cfg(any(feature = "client", feature = "server"))]
mod carrier;
mod composite;
mod header;
mod jaeger;
mod message;
mod stale;
#[cfg(test)]
mod tests;
mod trace_context;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use carrier::HeaderExtractor;
#[cfg(feature = "client")]
pub(crate) use carrier::inject;
pub(crate) use composite::Propagators;
#[cfg(feature = "otlp")]
pub(crate) use composite::set_none_wanted;
pub(crate) use composite::with_propagator;
pub(crate) use message::{Fields, Injection};

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

pub(crate) use crate::propagator::Propagator;

impl Propagator {
    const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::TraceContext => &trace_context::HEADERS,
            Self::Baggage => &baggage::HEADERS,
            Self::B3 => &b3::SINGLE_HEADERS,
            Self::B3Multi => &b3::SEVERAL_HEADERS,
            Self::Jaeger => &jaeger::HEADERS,
        }
    }
}

impl TextMapPropagator for Propagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        match self {
            Self::TraceContext => trace_context::inject(context, injector),
            Self::Baggage => baggage::inject(context, injector),
            Self::B3 => b3::inject_single(context, injector),
            Self::B3Multi => b3::inject_several(context, injector),
            Self::Jaeger => jaeger::inject(context, injector),
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        let extracted = match self {
            Self::TraceContext => trace_context::extract(context, extractor),
            Self::Baggage => baggage::extract(context, extractor),
            Self::B3 | Self::B3Multi => b3::extract(context, extractor),
            Self::Jaeger => jaeger::extract(context, extractor),
        };
        extracted.unwrap_or_else(|| context.clone())
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[Vec<String>; 5]> = LazyLock::new(|| {
            Propagator::ALL.map(|one| one.headers().iter().map(|&header| header.to_owned()).collect())
        });
        FieldIter::new(&FIELDS[*self as usize])
    }
}
