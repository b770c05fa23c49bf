//! The handle on a request's span that the application gets.

use std::borrow::Cow;

#[cfg(feature = "server")]
use crate::api::trace::SpanContext;
use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};
use crate::engine::context::current;
use crate::value::AttributeValue;

/// The span of an HTTP request.
///
/// The hooks of [`ServerLayer`](crate::ServerLayer), [`ClientLayer`](crate::ClientLayer) and [`Client`](crate::Client) get one, and
/// [`RequestSpan::current`] returns the one that a handler runs in.
///
/// ```
/// use spanwise::server::RequestSpan;
/// use spanwise::instrument;
///
/// #[instrument]
/// async fn authenticate(user: u64) {
///     // Sets an attribute of the server's span, not of this function's span.
///     RequestSpan::current().set_attribute("user.id", user);
/// }
/// ```
///
/// If the request is not recorded, its methods do nothing.
#[derive(Clone, Debug, Default)]
pub struct RequestSpan(Option<Context>);

/// The value by which a context holds the span of the request that is being answered.
struct CurrentRequestSpan {
    span: RequestSpan,
    /// The caller, as the headers of the request name it.
    #[cfg(feature = "server")]
    caller: SpanContext,
}

impl RequestSpan {
    pub(crate) fn of(context: Option<&Context>) -> Self {
        Self(context.cloned())
    }

    /// Returns the span of the request that a [`ServerLayer`](crate::ServerLayer) around this code is answering. A task that was
    /// spawned with the [context](crate::spawn) has it, too.
    #[must_use]
    pub fn current() -> Self {
        current::with(|context| context.get::<CurrentRequestSpan>().map(|current| current.span.clone()))
            .flatten()
            .unwrap_or_default()
    }

    /// Returns the context with this as the span of its request, whose headers name this caller.
    #[cfg(feature = "server")]
    pub(crate) fn within(self, context: &Context, caller: SpanContext) -> Context {
        context.with_value(CurrentRequestSpan { span: self, caller })
    }

    /// Returns whether the context belongs to a request with this caller: then a request with the same caller is the same one, in a
    /// layer within the other.
    #[cfg(feature = "server")]
    pub(crate) fn is_of_caller(context: &Context, caller: &SpanContext) -> bool {
        context.get::<CurrentRequestSpan>().is_some_and(|current| current.caller == *caller)
    }

    /// Returns whether the context belongs to a request that is being answered.
    #[cfg(feature = "server")]
    pub(crate) fn is_in(context: &Context) -> bool {
        context.get::<CurrentRequestSpan>().is_some()
    }

    /// Sets an attribute. An attribute of the same key gets the new value.
    pub fn set_attribute(&self, key: impl Into<Cow<'static, str>>, value: impl AttributeValue) {
        if let Some(context) = &self.0
            && let Some(value) = value.to_value()
        {
            context.span().set_attribute(KeyValue::new(key.into(), value));
        }
    }

    /// Renames the span. Names have low cardinality: use no paths and no ids.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        if let Some(context) = &self.0 {
            context.span().update_name(name.into());
        }
    }

    #[cfg(feature = "record")]
    /// Returns the context that holds the span, for the OpenTelemetry API. `None` if nothing is recorded.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.0.as_ref()
    }
}
