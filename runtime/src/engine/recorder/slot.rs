//! The reusable box that a recorded span lives in, and the reference to its recorder.

use std::ops::Deref;
use std::sync::Arc;

use opentelemetry::trace::SpanContext;

use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::running_span::RunningSpan;

/// The recorder of a span. The process's recorder lives forever, so its spans do not count references.
#[derive(Clone, Debug)]
pub(in crate::engine) enum RecorderRef {
    Installed(&'static Recorder),
    Shared(Arc<Recorder>),
}

impl Deref for RecorderRef {
    type Target = Recorder;

    #[inline]
    fn deref(&self) -> &Recorder {
        match self {
            Self::Installed(recorder) => recorder,
            Self::Shared(recorder) => recorder,
        }
    }
}

/// Where a recorded span lives. Each thread reuses the boxes with their vectors' memory, so that a span does not allocate.
#[derive(Debug)]
pub(in crate::engine) struct Slot {
    pub(in crate::engine) context: SpanContext,
    /// The recorder until the span ends; `None` for a span that is not recorded and only has a span context.
    pub(in crate::engine) recorder: Option<RecorderRef>,
    pub(in crate::engine) running: RunningSpan,
}

impl Slot {
    #[cold]
    pub(in crate::engine) fn empty() -> Box<Self> {
        Box::new(Self { context: SpanContext::NONE, recorder: None, running: RunningSpan::empty() })
    }
}
