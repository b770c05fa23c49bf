//! Turns the `tracing` spans of other crates into spans of the trace.

mod callsites;
mod entered;
pub(super) mod kept_context;
mod parent;
mod span_fields;

use opentelemetry::trace::TraceContextExt as _;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use self::kept_context::{Bridged, Poisoned, context_of};
use self::span_fields::SpanFields;
use super::ids::OPENTELEMETRY;
use crate::engine::context::current;
use crate::engine::provider::handle::inherit_target;
use crate::engine::provider::route;
use crate::level;
use crate::span::{ActiveSpan, LibrarySpanBuilder, catch_panic, without_span};

/// A layer for `tracing-subscriber` that turns the `tracing` spans of other crates into spans of the trace. They can be children of
/// annotated functions, and annotated functions can be their children.
///
/// A span starts when it is created and ends when it is closed. While it is entered, it is OpenTelemetry's current span. Its parent
/// is the current span, or the one that it names; spans that it follows from become links. Its fields become attributes, except
/// these, which have the same meaning as in `tracing-opentelemetry`: `otel.name`, `otel.kind`, `otel.status_code` (`OK`, `ERROR`),
/// `otel.status_description` (or `otel.status_message`). Events are not recorded: add [`SpanEvents`](super::SpanEvents) for them.
///
/// By default it takes spans up to `INFO`; [`set_max_level`](crate::set_max_level) applies, too. If a span is not taken, by these
/// or by a filter of the subscriber, its children become children of the span around it.
///
/// The spans are sampled and exported like those of annotated functions, with any provider and in a test's capture. The spans of
/// the exporter's own HTTP stack are not recorded. The instrumentation scope is the crate: the first part of the target.
///
/// While spans are entered, `tracing_subscriber::reload` may replace the bridge by another bridge. Do not remove it or turn it off
/// then: it would miss that they are exited, and the last of them would stay current on its thread.
///
/// ```
/// use spanwise::logs::Bridge;
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer())
///     .with(Bridge::new().only(|metadata| metadata.target().starts_with("sqlx")))
///     .init();
/// ```
#[derive(Clone, Debug)]
pub struct Bridge {
    max_level: LevelFilter,
    only: fn(&Metadata<'_>) -> bool,
}

impl Default for Bridge {
    fn default() -> Self {
        Self { max_level: LevelFilter::INFO, only: |_| true }
    }
}

impl Bridge {
    /// Takes spans up to `INFO`, of all crates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes spans up to this level.
    #[must_use]
    pub fn with_max_level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.max_level = level.into();
        self
    }

    /// Takes only spans for which `chosen` returns `true`; it can look at their target, for instance. The last call counts.
    #[must_use]
    pub fn only(mut self, chosen: fn(&Metadata<'_>) -> bool) -> Self {
        self.only = chosen;
        self
    }

    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        self.max_level >= level
            && level::is_enabled(level.into())
            && !metadata.target().starts_with(OPENTELEMETRY)
            && (self.only)(metadata)
    }
}

/// Starts the span. `None` if there is nothing to make current.
fn start(
    attributes: &Attributes<'_>,
    current: &opentelemetry::Context,
    given: Option<opentelemetry::Context>,
) -> Option<ActiveSpan> {
    let mut fields = SpanFields::read(|visited| attributes.record(visited));
    let parent = given.as_ref().unwrap_or(current);
    let callsite = callsites::of(attributes.metadata(), fields.kind());
    let mut builder = LibrarySpanBuilder::under_checked(parent, callsite);
    if builder.is_wanted() {
        fields.describe(&mut builder);
    }
    let open = builder.open();
    match (open.context(), given) {
        (Some(context), _) => {
            fields.set_status(context);
            Some(open)
        }
        // Nothing is recorded; the parent that the code names becomes current in place of a span.
        (None, Some(given)) => Some(ActiveSpan::new(given, None)),
        (None, None) => None,
    }
}

impl<S> Layer<S> for Bridge
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !self.takes(attributes.metadata()) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let Some(current) = current::get() else {
            route::count_not_started();
            return;
        };
        // `is_open` last: it is to be asked once for each span.
        if current.is_telemetry_suppressed() || !route::may_record() {
            return;
        }
        let given = if attributes.is_root() {
            Some(without_span(&current))
        } else {
            let named = attributes.parent().and_then(|parent| context_of(&context.span(parent)?));
            named.map(|named| inherit_target(&current, named))
        };
        if let Some(open) = start(attributes, &current, given) {
            let _ = catch_panic(|| span.extensions_mut().replace(Bridged(open)));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Ok(Some(context)) = own_context(id, &context) else { return };
        if !context.span().is_recording() {
            return;
        }
        SpanFields::read(|visited| values.record(visited)).add_to(&context);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        let before = context.span(follows).and_then(|span| context_of(&span));
        if let (Ok(Some(span)), Some(before)) = (own_context(id, &context), before) {
            let before = before.span().span_context().clone();
            span.span().add_link(before, Vec::new());
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Ok(Some(context)) = own_context(id, &context) {
            entered::enter(id, context);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        match own_context(id, &context) {
            Ok(Some(context)) => entered::exit(&context),
            Ok(None) => {}
            Err(Poisoned) => entered::exit_unknown(id),
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        // The span ends outside of the lock of its extensions: hooks and providers may read them.
        let bridged = context
            .span(&id)
            .and_then(|span| catch_panic(|| span.extensions_mut().remove::<Bridged>()).flatten());
        if let Some(Bridged(mut open)) = bridged {
            open.end(crate::span::Outcome::success());
        }
    }
}

/// Returns the context of this span, if the bridge took it.
fn own_context<S>(id: &Id, context: &Context<'_, S>) -> Result<Option<opentelemetry::Context>, Poisoned>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    context.span(id).map_or(Ok(None), |span| kept_context::own_context(&span))
}
