//! Where a recorder sends ended spans.

use std::fmt::Debug;
use std::sync::Arc;

use crate::engine::queue::record::SpanRecord;
use crate::engine::queue::span_queue::SpanQueue;

/// Receives each span as soon as it ends, on the thread that ends it: a test's capture.
pub(crate) trait SpanSink: Debug + Send + Sync + 'static {
    /// Called when a recorded span has started.
    fn started(&self);
    /// Called when a recorded span has ended, with `None` if a hook dropped it.
    fn ended(&self, span: Option<SpanRecord>);
}

/// Where a recorder sends ended spans.
#[derive(Clone, Debug)]
pub(crate) enum SpanOutput {
    /// To the exporter's thread, in chunks.
    Queue(Arc<SpanQueue>),
    /// To a test's capture, at once.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only captures use it"))]
    Sink(Arc<dyn SpanSink>),
}
