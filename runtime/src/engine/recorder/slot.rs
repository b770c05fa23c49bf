//! The reusable box that a recorded span lives in, and the recorder it belongs to.

use std::ops::Deref;
use std::sync::Arc;

use opentelemetry::trace::SpanContext;

use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::running_span::RunningSpan;

/// A recorder that a span keeps. The process's is there for ever, and is not counted by every span.
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

/// Where a span lives. The box around it is used again and again: the room of its vectors is what keeps a span from
/// allocating.
#[derive(Debug)]
pub(in crate::engine) struct Slot {
    pub(in crate::engine) context: SpanContext,
    /// Who records it, until it ends; nobody, where it only carries its identity.
    pub(in crate::engine) recorder: Option<RecorderRef>,
    pub(in crate::engine) running: RunningSpan,
}

impl Slot {
    #[cold]
    pub(in crate::engine) fn empty() -> Box<Self> {
        Box::new(Self { context: SpanContext::NONE, recorder: None, running: RunningSpan::empty() })
    }
}
