//! The OpenTelemetry context that is kept with a `tracing` span.

use opentelemetry::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::span::{ActiveSpan, catch_panic};

/// What is kept with a `tracing` span, in its extensions.
pub(super) struct Bridged(pub(super) ActiveSpan);

/// The extensions of the span cannot be read any more: a layer, or a field's `Debug` within one, has panicked while it had them
/// locked.
pub(super) struct Poisoned;

/// Returns the context that is kept with this span.
pub(super) fn own_context<'a, S>(span: &SpanRef<'a, S>) -> Result<Option<Context>, Poisoned>
where
    S: LookupSpan<'a>,
{
    // Reading poisoned extensions panics, and that would abort the process if a panic is unwinding already.
    catch_panic(|| span.extensions().get::<Bridged>()?.0.context().cloned()).ok_or(Poisoned)
}

/// Returns the context of a span, or of the nearest span around it that has one.
pub(in crate::logs) fn context_of<'a, S>(span: &SpanRef<'a, S>) -> Option<Context>
where
    S: LookupSpan<'a>,
{
    span.scope().find_map(|span| own_context(&span).ok().flatten())
}
