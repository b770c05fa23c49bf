//! Several formats as one, and the process's.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use super::Propagator;

/// Formats in order: of those that are read, a later one comes before an earlier.
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
        let fields = list.iter().flat_map(|one| one.headers()).map(|&header| header.to_owned()).collect();
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

/// W3C trace context and baggage: what is spoken unless something else is configured.
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

/// It was asked for that nothing is read and written. The API cannot tell that from a propagator that nobody set.
static NONE_WANTED: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "otlp")]
pub(crate) fn set_none_wanted(wanted: bool) {
    NONE_WANTED.store(wanted, Ordering::Relaxed);
}

/// Calls `with` with the process's propagator: the global one, or the default where nobody has set
/// one. OpenTelemetry's own default writes and reads nothing, which would cut every trace of an
/// application that brought its provider and forgot the propagator. It is locked meanwhile: nothing of the user's but the
/// propagator itself is to run in `with`.
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
