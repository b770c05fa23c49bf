//! Events of the current span.

use std::borrow::Cow;

#[cfg(feature = "logs")]
use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, TraceContextExt as _};

use crate::engine::context::current;

/// Adds an event to the current span.
pub(crate) fn add(name: Cow<'static, str>, attributes: Vec<KeyValue>) {
    let mut event = Some((name, attributes));
    current::with_unpublished(|span| event.take().map(|(name, attributes)| span.add_event(name, attributes)));
    if let (Some((name, attributes)), Some(context)) = (event, current::get()) {
        context.span().add_event(name, attributes);
    }
}

/// Returns whether telemetry is suppressed here. Then no span may be touched, either: it may be ending, and is locked while
/// it does.
#[cfg(feature = "logs")]
pub(crate) fn is_suppressed() -> bool {
    current::with(Context::is_telemetry_suppressed) != Some(false)
}

/// Returns whether an event of the current span would be recorded.
#[cfg(feature = "logs")]
pub(crate) fn is_recorded() -> bool {
    if is_suppressed() {
        return false;
    }
    let unpublished = current::with_unpublished(|span| span.is_recording());
    unpublished.unwrap_or_else(|| current::get().is_some_and(|context| context.span().is_recording()))
}
