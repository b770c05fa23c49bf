//! What an application does with its spans as they start and end.

use std::borrow::Cow;
use std::fmt::Debug;

use opentelemetry::trace::{SpanContext, SpanId, Status};
use opentelemetry::{Context, Key, KeyValue, Value};

use crate::engine::span::limits::Limits;
use crate::engine::span::running_span::RunningSpan;

/// Sees each recorded span when it starts and when it ends, and may change it: enrich, redact, drop.
///
/// Runs on the thread that starts or ends the span, as part of the work that is measured: it has to be
/// quick, and must not block. Nothing is current meanwhile (but for what was, where the
/// API's own `Tracer` starts a span), and nothing that runs within is recorded. A
/// hook that panics is as if it had not been called, which is told once.
///
/// Given to [`Builder::hook`](crate::Builder::hook). It sees what is recorded by `init()`'s pipeline,
/// and not the spans of a provider of the application's own, which has
/// [span processors](https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-processor) for it.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt as _;
/// use spanwise::{Decision, SpanHook, SpanMut};
///
/// #[derive(Debug)]
/// struct Tenant;
///
/// impl SpanHook for Tenant {
///     fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
///         if let Some(tenant) = parent.baggage().get("tenant") {
///             span.set_attribute("tenant", tenant.to_string());
///         }
///     }
///
///     fn on_end(&self, span: &mut SpanMut<'_>) -> Decision {
///         span.remove_attribute("user.email");
///         if span.name() == "GET /health" { Decision::Drop } else { Decision::Keep }
///     }
/// }
/// ```
pub trait SpanHook: Debug + Send + Sync + 'static {
    /// The span has started under `parent`; its attributes are those that it starts with.
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        let _ = (span, parent);
    }

    /// The span has ended; it is exported as this leaves it, if at all.
    fn on_end(&self, span: &mut SpanMut<'_>) -> Decision {
        let _ = span;
        Decision::Keep
    }
}

/// What becomes of a span that has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It goes on to the next hook, and is exported after the last.
    #[default]
    Keep,
    /// It goes nowhere, and is counted in [`Report::discarded`](crate::Report::discarded). Spans under it keep it as
    /// their parent.
    Drop,
}

/// A recorded span, as a [`SpanHook`] has it.
// It has its name and all of its attributes itself: where there are hooks, spans take the longer way.
pub struct SpanMut<'a> {
    pub(in crate::engine) context: &'a SpanContext,
    pub(in crate::engine) running: &'a mut RunningSpan,
    pub(in crate::engine) limits: &'a Limits,
}

impl Debug for SpanMut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpanMut")
            .field("name", &self.name())
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl SpanMut<'_> {
    /// Its ids, flags and state.
    #[must_use]
    pub fn span_context(&self) -> &SpanContext {
        self.context
    }

    /// Its parent's id; `SpanId::INVALID` for a root.
    #[must_use]
    pub fn parent_span_id(&self) -> SpanId {
        self.running.parent_span_id
    }

    /// Whether the span began here: it has no parent, or its parent is another process's.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.running.is_local_root()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.running.name.as_deref().unwrap_or_default()
    }

    /// Gives it another name.
    pub fn set_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.running.name = Some(name.into());
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.running.status
    }

    /// Sets its status, by [the rules](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status) that
    /// hold for everyone.
    pub fn set_status(&mut self, status: Status) {
        self.running.set_status(status);
    }

    /// Its attributes, with the values they have now.
    #[must_use]
    pub fn attributes(&self) -> Vec<KeyValue> {
        self.running.attributes.decoded()
    }

    /// The attribute of this key, if there is one.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<Value> {
        self.running.attributes.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Adds an attribute, or gives it another value.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.running.set_attribute(key.into().as_str(), &value.into(), self.limits);
    }

    /// Takes an attribute out; whether it was there.
    pub fn remove_attribute(&mut self, key: &str) -> bool {
        self.running.remove_attribute(key, self.limits)
    }
}
