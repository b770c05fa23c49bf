//! The span of a request, for the application's own functions.

use std::borrow::Cow;

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};

use crate::engine::context::current;
use crate::value::AttributeValue;

/// The span of a request: as the hooks of [`ServerLayer`](crate::ServerLayer), [`ClientLayer`](crate::ClientLayer)
/// and [`Client`](crate::Client) have it, and from inside of a handler.
///
/// ```
/// use spanwise::{RequestSpan, instrument};
///
/// #[instrument]
/// async fn authenticate(user: u64) {
///     // The span of this function is the current one; this goes onto the server's span around it.
///     RequestSpan::current().set_attribute("user.id", user);
/// }
/// ```
///
/// Where nothing is recorded it does nothing.
#[derive(Clone, Debug, Default)]
pub struct RequestSpan(Option<Context>);

/// What a context carries, for all that runs under it.
struct Carried(RequestSpan);

impl RequestSpan {
    pub(crate) fn of(context: Option<&Context>) -> Self {
        Self(context.cloned())
    }

    /// The span that a [`ServerLayer`](crate::ServerLayer) around this code has made; here, or in a task that has kept
    /// the context.
    #[must_use]
    pub fn current() -> Self {
        current::with(|context| context.get::<Carried>().map(|carried| carried.0.clone()))
            .flatten()
            .unwrap_or_default()
    }

    /// The context, with `span` as its request's.
    #[cfg(feature = "server")]
    pub(crate) fn within(self, context: &Context) -> Context {
        context.with_value(Carried(self))
    }

    /// Whether a request is being answered under this context.
    #[cfg(feature = "server")]
    pub(crate) fn is_in(context: &Context) -> bool {
        context.get::<Carried>().is_some()
    }

    /// Sets an attribute, or gives it another value.
    pub fn set_attribute(&self, key: impl Into<Cow<'static, str>>, value: impl AttributeValue) {
        if let (Some(context), Some(value)) = (&self.0, value.to_value()) {
            context.span().set_attribute(KeyValue::new(key.into(), value));
        }
    }

    /// Gives the span another name. It has to be one of few: a path or an id would be names without end.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        if let Some(context) = &self.0 {
            context.span().update_name(name.into());
        }
    }

    #[cfg(feature = "record")]
    /// The context that holds the span, for OpenTelemetry's own API; `None` where nothing is recorded.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.0.as_ref()
    }
}
