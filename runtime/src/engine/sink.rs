//! Where ended spans go.

use std::fmt::Debug;

use super::SpanRecord;

/// Takes what a recorder ends. Called on the threads that record: it must not block, and must not
/// keep more than a bounded number.
pub(crate) trait Sink: Debug + Send + Sync + 'static {
    /// A recorded span has started.
    fn started(&self);
    /// A recorded span has ended.
    fn ended(&self, span: SpanRecord);
}
