//! Where a recorder puts the spans that have ended.

use std::fmt::Debug;
use std::sync::Arc;

use crate::engine::queue::record::SpanRecord;
use crate::engine::queue::span_queue::SpanQueue;

/// Receives each span as soon as it ends, on the thread that ended it: a test's capture.
pub(crate) trait Sink: Debug + Send + Sync + 'static {
    /// A recorded span has started.
    fn started(&self);
    /// A recorded span has ended; `None` if a hook dropped it.
    fn ended(&self, span: Option<SpanRecord>);
}

/// Where ended spans go: to the exporter, or straight to a test.
#[derive(Clone, Debug)]
pub(crate) enum SpanOutput {
    /// To an exporter's thread, in chunks.
    Queue(Arc<SpanQueue>),
    /// To someone who wants to see each at once: a test.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "a capture's"))]
    Sink(Arc<dyn Sink>),
}
