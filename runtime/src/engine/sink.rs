//! Where ended spans go that someone wants to see at once.

use std::fmt::Debug;

use super::SpanRecord;

/// Takes what a recorder ends, one span at a time, on the threads that record.
pub(crate) trait Sink: Debug + Send + Sync + 'static {
    /// A recorded span has started.
    fn started(&self);
    /// A recorded span has ended; a hook may have dropped it.
    fn ended(&self, span: Option<SpanRecord>);
}
