//! Span hooks: the application's code that runs when spans start and end.

use std::borrow::Cow;
use std::fmt::Debug;

use opentelemetry::trace::{SpanContext, SpanId, Status};
use opentelemetry::{Context, Key, KeyValue, Value};

use crate::engine::span::limits::Limits;
use crate::engine::span::running_span::RunningSpan;

/// Is called when a recorded span starts and when it ends, and may enrich, redact or drop it.
///
/// A hook runs on the thread that starts or ends the span, and its time counts as the span's. It must be quick and must not
/// block. No span is current in a hook, unless the API's own `Tracer` starts the span; and spans that start in a hook are
/// not recorded. If a hook panics, the span continues as if the hook had not been called, and a warning is logged once.
///
/// Given to [`Builder::hook`](crate::Builder::hook). It sees the spans that `init()`'s recorder records, but not those of an
/// application's own provider, which has
/// [span processors](https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-processor) for that purpose.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt as _;
/// use spanwise::hook::{Decision, SpanHook, SpanMut};
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
    /// Called when the span has started under `parent`, with the attributes that it starts with.
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        let _ = (span, parent);
    }

    /// Called when the span has ended. The span is exported as this leaves it, unless it returns [`Decision::Drop`].
    fn on_end(&self, span: &mut SpanMut<'_>) -> Decision {
        let _ = span;
        Decision::Keep
    }
}

/// Whether a span that has ended is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The next hook is called; after the last one the span is exported.
    #[default]
    Keep,
    /// The span is not exported, and is counted in [`Report::discarded`](crate::setup::Report::discarded). Its children keep it
    /// as their parent.
    Drop,
}

/// A recorded span, as a [`SpanHook`] sees it.
// If there are hooks, spans take the slower path, which gives them their name and all of their attributes.
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
    /// Returns the trace id, span id, trace flags and `tracestate`.
    #[must_use]
    pub fn span_context(&self) -> &SpanContext {
        self.context
    }

    /// Returns the parent's span id; `SpanId::INVALID` for a root.
    #[must_use]
    pub fn parent_span_id(&self) -> SpanId {
        self.running.parent_span_id
    }

    /// Returns whether the span is a local root: it has no parent, or its parent is in another process.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.running.is_local_root()
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.running.name.as_deref().unwrap_or_default()
    }

    /// Changes the name.
    pub fn set_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.running.name = Some(name.into());
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.running.status
    }

    /// Sets the status, by [the API's rules](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status): `Ok` is
    /// final, and an error cannot be unset.
    pub fn set_status(&mut self, status: Status) {
        self.running.set_status(status);
    }

    /// Returns all attributes with their current values.
    #[must_use]
    pub fn attributes(&self) -> Vec<KeyValue> {
        self.running.attributes.decoded()
    }

    /// Returns the value of the attribute with this key.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<Value> {
        self.running.attributes.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Adds an attribute, or replaces its value.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.running.set_attribute(key.into().as_str(), &value.into(), self.limits);
    }

    /// Removes an attribute. Returns whether it was there.
    pub fn remove_attribute(&mut self, key: &str) -> bool {
        self.running.remove_attribute(key, self.limits)
    }
}
