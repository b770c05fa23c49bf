//! The API's `TracerProvider` on top of our recorder, so that spans made through the plain API share the pipeline of annotated
//! functions.

use std::sync::Arc;

use opentelemetry::trace::{SpanBuilder, SpanKind, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};

use crate::engine::provider::route;
use crate::engine::recorder::recorded_span::RecordedSpan;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::new_span::NewSpan;
use crate::engine::span::scope::Scope;

/// The provider that `init()` sets globally.
#[derive(Clone, Debug)]
pub(crate) struct RecorderProvider(pub(crate) Arc<Recorder>);

/// A tracer with an instrumentation scope.
#[derive(Clone, Debug)]
pub(crate) struct RecorderTracer {
    recorder: Arc<Recorder>,
    scope: Arc<Scope>,
}

impl TracerProvider for RecorderProvider {
    type Tracer = RecorderTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> RecorderTracer {
        RecorderTracer { recorder: Arc::clone(&self.0), scope: Scope::new(scope) }
    }
}

impl Tracer for RecorderTracer {
    type Span = RecordedSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> RecordedSpan {
        let new = NewSpan {
            name: builder.name,
            rename: None,
            kind: builder.span_kind.unwrap_or(SpanKind::Internal),
            attributes: builder.attributes.unwrap_or_default(),
            links: builder.links.unwrap_or_default(),
            events: builder.events.unwrap_or_default(),
            start: builder.start_time,
            scope: Arc::clone(&self.scope),
        };
        route::start_from_tracer(&self.recorder, parent, new)
    }
}
