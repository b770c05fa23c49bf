//! What the client, the server and the tasks use of the crate `opentelemetry`.

mod value;

use std::borrow::Cow;

pub use value::Value;
pub(crate) use value::{Array, StringValue};

/// A context that holds nothing.
#[derive(Clone, Debug, Default)]
pub struct Context;

impl Context {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn with_value<T: 'static>(&self, _value: T) -> Self {
        Self
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        None
    }

    pub(crate) fn with_telemetry_suppressed(&self) -> Self {
        Self
    }
}

/// The key of an attribute; it is not kept.
#[derive(Clone, Debug)]
pub(crate) struct Key;

impl Key {
    pub(crate) fn new(_name: impl Into<Cow<'static, str>>) -> Self {
        Self
    }

    pub(crate) const fn from_static_str(_name: &'static str) -> Self {
        Self
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Key {
    fn from(_name: T) -> Self {
        Self
    }
}

/// A key and a value; neither is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeyValue;

impl KeyValue {
    pub(crate) fn new(_key: impl Into<Key>, _value: impl Into<Value>) -> Self {
        Self
    }
}

pub(crate) mod trace {
    use std::borrow::Cow;

    use super::{Context, KeyValue};

    /// What a span is to its neighbors.
    #[derive(Clone, Copy, Debug)]
    #[expect(missing_docs, reason = "as in the crate `opentelemetry`")]
    pub enum SpanKind {
        Client,
        Server,
        Producer,
        Consumer,
        Internal,
    }

    /// The identity of no span.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct SpanContext;

    impl SpanContext {
        pub(crate) const NONE: Self = Self;

        pub(crate) fn is_valid(&self) -> bool {
            false
        }
    }

    /// A link to no span.
    #[derive(Clone, Debug)]
    pub struct Link;

    impl Link {
        pub(crate) fn with_context(_span: SpanContext) -> Self {
            Self
        }
    }

    /// The span of a context: none.
    #[derive(Debug)]
    pub(crate) struct SpanRef;

    impl SpanRef {
        pub(crate) fn span_context(&self) -> &SpanContext {
            &SpanContext::NONE
        }

        pub(crate) fn is_recording(&self) -> bool {
            false
        }

        pub(crate) fn set_attribute(&self, _attribute: KeyValue) {}

        pub(crate) fn update_name(&self, _name: impl Into<Cow<'static, str>>) {}
    }

    pub(crate) trait TraceContextExt: Sized {
        fn span(&self) -> SpanRef;

        fn with_remote_span_context(&self, span: SpanContext) -> Self;
    }

    impl TraceContextExt for Context {
        fn span(&self) -> SpanRef {
            SpanRef
        }

        fn with_remote_span_context(&self, _span: SpanContext) -> Self {
            Self
        }
    }
}

pub(crate) mod baggage {
    use super::Context;

    /// No baggage.
    #[derive(Debug)]
    pub(crate) struct Baggage;

    impl Baggage {
        pub(crate) fn is_empty(&self) -> bool {
            true
        }
    }

    pub(crate) trait BaggageExt: Sized {
        fn baggage(&self) -> &Baggage;

        fn with_cleared_baggage(&self) -> Self;
    }

    impl BaggageExt for Context {
        fn baggage(&self) -> &Baggage {
            &Baggage
        }

        fn with_cleared_baggage(&self) -> Self {
            Self
        }
    }
}

pub(crate) mod propagation {
    use super::Context;

    /// Headers that are not read.
    pub(crate) trait Extractor {}

    /// A format that is neither read nor written.
    pub(crate) trait TextMapPropagator {
        fn extract_with_context(&self, context: &Context, _headers: &dyn Extractor) -> Context {
            context.clone()
        }
    }
}
