//! A span of `tracing` as the parent or a link of a span: `#[instrument(parent = span)]`.

use opentelemetry::Context;
use opentelemetry::trace::Link;
use tracing::Span;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::kept_context::context_of;
use crate::span::{Links, Parent};

/// Returns the context of the span that the [bridge](super::Bridge) has made of it. `None` if there is no bridge, or if the span
/// is not enabled.
fn bridged(span: &Span) -> Option<Context> {
    span.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        context_of(&span)
    })
    .flatten()
}

/// Without the bridge, or if it does not record the span, the new span is a root.
impl Parent for Span {
    fn context(&self, _current: &Context) -> Option<Context> {
        bridged(self)
    }
}

/// Without the bridge, or if it does not record the span, no link is added.
impl Links for Span {
    fn add_to(&self, links: &mut Vec<Link>) {
        if let Some(context) = bridged(self) {
            context.add_to(links);
        }
    }
}
