//! Several formats as one propagator, and the process's propagator.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use crate::propagator::Propagator;

/// A list of formats. All are written, and read in this order: a later one overrides an earlier one.
#[derive(Clone, Debug)]
pub(crate) struct Propagators {
    list: Vec<Propagator>,
    fields: Vec<String>,
}

impl FromIterator<Propagator> for Propagators {
    fn from_iter<I: IntoIterator<Item = Propagator>>(propagators: I) -> Self {
        let mut list = Vec::new();
        for propagator in propagators {
            if !list.contains(&propagator) {
                list.push(propagator);
            }
        }
        let fields = list.iter().flat_map(|one| one.headers()).map(str::to_owned).collect();
        Self { list, fields }
    }
}

#[cfg(feature = "otlp")]
impl Propagators {
    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Propagator> {
        self.list.iter().copied()
    }
}

/// W3C Trace Context and W3C Baggage, which the specification makes the default.
impl Default for Propagators {
    fn default() -> Self {
        [Propagator::TraceContext, Propagator::Baggage].into_iter().collect()
    }
}

impl TextMapPropagator for Propagators {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        for propagator in &self.list {
            propagator.inject_context(context, injector);
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        let Some((first, others)) = self.list.split_first() else { return context.clone() };
        let first = first.extract_with_context(context, extractor);
        others.iter().fold(first, |context, propagator| propagator.extract_with_context(&context, extractor))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// Whether propagation is disabled. The API cannot tell that from a propagator that nobody has set.
static NONE_WANTED: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "otlp")]
pub(crate) fn set_none_wanted(wanted: bool) {
    NONE_WANTED.store(wanted, Ordering::Relaxed);
}

/// Calls `with` with the process's propagator: the global one, or the default if nobody has set one.
///
/// OpenTelemetry's own default reads and writes nothing, which would break every trace of an application that brings its provider
/// and forgets the propagator. The propagator is locked during the call: `with` must not run other code of the user's.
pub(crate) fn with_propagator<T>(mut with: impl FnMut(&dyn TextMapPropagator) -> T) -> T {
    static DEFAULT: LazyLock<Propagators> = LazyLock::new(Propagators::default);

    opentelemetry::global::get_text_map_propagator(|global| {
        if global.fields().next().is_some() || NONE_WANTED.load(Ordering::Relaxed) {
            with(global)
        } else {
            with(&*DEFAULT)
        }
    })
}
