//! Context in headers: carriers in, carriers out.
//!
//! [`TraceContextPropagator`] is Spanwise's own, to the letter of the W3C's text; baggage is the
//! SDK's. [`init`](crate::init) sets both globally.

#[cfg(any(feature = "client", feature = "server"))]
mod carrier;
mod trace_context;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use carrier::HeaderExtractor;
#[cfg(feature = "client")]
pub(crate) use carrier::HeaderInjector;
pub use trace_context::TraceContextPropagator;

use opentelemetry::propagation::TextMapCompositePropagator;

/// W3C trace context and baggage: what is spoken unless something else is configured.
pub(crate) fn default_propagator() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(opentelemetry_sdk::propagation::BaggagePropagator::new()),
    ])
}

/// Calls `with` with the process's propagator: the global one, or the default where nobody has set
/// one. OpenTelemetry's own default writes and reads nothing, which would cut every trace of an
/// application that brought its provider and forgot the propagator.
pub(crate) fn with_propagator<T>(
    mut with: impl FnMut(&dyn opentelemetry::propagation::TextMapPropagator) -> T,
) -> T {
    use std::sync::LazyLock;

    static DEFAULT: LazyLock<TextMapCompositePropagator> = LazyLock::new(default_propagator);

    opentelemetry::global::get_text_map_propagator(|global| match global.fields().next() {
        Some(_) => with(global),
        None => with(&*DEFAULT),
    })
}
