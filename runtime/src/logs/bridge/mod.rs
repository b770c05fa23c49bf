//! The `tracing` spans of other crates as spans of the trace.

mod callsites;
mod entered;
mod told;

use opentelemetry::trace::TraceContextExt as _;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use self::told::Told;
use super::ids::OPENTELEMETRY;
use crate::engine::context::current;
use crate::engine::provider::handle::keep_place;
use crate::engine::provider::route;
use crate::level::{self, Level};
use crate::span::{ActiveSpan, Starting, catch_panic, without_span};

/// A layer for `tracing-subscriber` by which the `tracing` spans of other crates are spans of the trace: children of
/// annotated functions, as these are children of them.
///
/// A span starts when it is created, ends when it is closed, and is OpenTelemetry's current one wherever it is entered.
/// Its parent is the current span, or the one that it names. Its fields are attributes. These have a meaning of their own,
/// which is `tracing-opentelemetry`'s: `otel.name`, `otel.kind`, `otel.status_code` (`OK`, `ERROR`),
/// `otel.status_description` (or `otel.status_message`). What it follows from is linked. Events are
/// [`SpanEvents`](super::SpanEvents)' to take, beside it.
///
/// Spans up to `INFO` are taken, and up to [`set_max_level`](crate::set_max_level); a span that is not, by that or by a filter of
/// the subscriber's, is passed over, and what is within it hangs on what is around it. They go where annotated functions' spans
/// go, under any provider and in a test's capture, and are sampled as those are. What exports the spans records none itself.
/// The instrumentation scope is the crate: the first part of the target.
///
/// It can be exchanged while spans are entered, by `tracing_subscriber::reload`, for another bridge. Do not take it out or
/// turn it off then: it would not see that they are left, and the last of them would stay current on its thread.
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
    /// Spans up to `INFO`, of all crates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Spans up to this level.
    #[must_use]
    pub fn with_max_level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.max_level = level.into();
        self
    }

    /// Only spans for which this says `true`, by their target, for instance. The last call counts.
    #[must_use]
    pub fn only(mut self, chosen: fn(&Metadata<'_>) -> bool) -> Self {
        self.only = chosen;
        self
    }

    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        self.max_level >= level
            && level::is_enabled(as_level(level))
            && !metadata.target().starts_with(OPENTELEMETRY)
            && (self.only)(metadata)
    }
}

fn as_level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}

/// What is kept with a span of `tracing`.
struct Bridged(ActiveSpan);

/// A layer, or a field's `Debug` within one, has panicked while it had what is kept with the span: that cannot be looked
/// at any more.
struct Poisoned;

/// The context that is kept with the span.
fn kept<'a, S>(span: &SpanRef<'a, S>) -> Result<Option<opentelemetry::Context>, Poisoned>
where
    S: LookupSpan<'a>,
{
    // The subscriber's answer to that is another panic, which would end the process if one is passing through.
    catch_panic(|| span.extensions().get::<Bridged>()?.0.context().cloned()).ok_or(Poisoned)
}

/// The context of a span, or of the nearest one around it that has one.
pub(super) fn context_of<'a, S>(span: &SpanRef<'a, S>) -> Option<opentelemetry::Context>
where
    S: LookupSpan<'a>,
{
    span.scope().find_map(|span| kept(&span).ok().flatten())
}

/// Starts the span. `None` where there is nothing to make current.
fn start(
    attributes: &Attributes<'_>,
    current: &opentelemetry::Context,
    given: Option<opentelemetry::Context>,
) -> Option<ActiveSpan> {
    let mut told = Told::default();
    attributes.record(&mut told.visited);
    told.read();
    let parent = given.as_ref().unwrap_or(current);
    let callsite = callsites::of(attributes.metadata(), told.kind());
    let mut starting = Starting::through_open_door(parent, callsite);
    if starting.is_wanted() {
        told.start(&mut starting);
    }
    let open = starting.open();
    match (open.context(), given) {
        (Some(context), _) => {
            told.status(context);
            Some(open)
        }
        // Nothing is recorded, and the code has said what to hang on: that is passed on.
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
            route::not_started();
            return;
        };
        // The door last: it is asked once for each span that would be taken.
        if current.is_telemetry_suppressed() || !route::is_open() {
            return;
        }
        let given = if attributes.is_root() {
            Some(without_span(&current))
        } else {
            let named = attributes.parent().and_then(|parent| context_of(&context.span(parent)?));
            named.map(|named| keep_place(&current, named))
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
        let mut told = Told::default();
        values.record(&mut told.visited);
        told.read();
        told.add(&context);
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
        // Not under the lock of the span's extensions: hooks and providers may look at it.
        let bridged = context
            .span(&id)
            .and_then(|span| catch_panic(|| span.extensions_mut().remove::<Bridged>()).flatten());
        if let Some(Bridged(mut open)) = bridged {
            open.end(crate::span::Outcome::success());
        }
    }
}

/// The context of this span, if it is one of ours.
fn own_context<S>(id: &Id, context: &Context<'_, S>) -> Result<Option<opentelemetry::Context>, Poisoned>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    context.span(id).map_or(Ok(None), |span| kept(&span))
}
