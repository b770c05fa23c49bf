//! Headers are neither read nor written.

use crate::api::Context;
use crate::api::propagation::{Extractor, TextMapPropagator};
use crate::carrier::{Carrier, CarrierMut};
pub(crate) use crate::propagator::Propagator;

/// A list of formats that is not kept.
#[derive(Clone, Debug)]
pub(crate) struct Propagators;

impl FromIterator<Propagator> for Propagators {
    fn from_iter<I: IntoIterator<Item = Propagator>>(_propagators: I) -> Self {
        Self
    }
}

impl TextMapPropagator for Propagators {}

pub(crate) fn with_propagator<T>(mut with: impl FnMut(&dyn TextMapPropagator) -> T) -> T {
    with(&Propagators)
}

pub(crate) struct CarrierExtractor;

impl CarrierExtractor {
    pub(crate) fn of(_carrier: &dyn Carrier) -> Self {
        Self
    }
}

impl Extractor for CarrierExtractor {}

pub(crate) struct CarrierInjection;

impl CarrierInjection {
    pub(crate) fn of(_propagator: &dyn TextMapPropagator, _context: &Context) -> Option<Self> {
        None
    }

    pub(crate) fn apply(self, _carrier: &mut dyn CarrierMut) {}
}

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) struct HeaderExtractor<'a>(pub(crate) &'a http::HeaderMap);

#[cfg(any(feature = "client", feature = "server"))]
impl Extractor for HeaderExtractor<'_> {}

#[cfg(feature = "client")]
pub(crate) fn inject(
    _propagator: &dyn TextMapPropagator,
    _context: &Context,
    _headers: &mut http::HeaderMap,
    _is_ruled: bool,
) {
}
