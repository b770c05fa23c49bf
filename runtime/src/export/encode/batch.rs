//! An encoded request.

use bytes::Bytes;

/// The bytes of an `ExportTraceServiceRequest`, and what is in it.
#[derive(Clone, Debug)]
pub(in crate::export) struct Batch {
    pub(in crate::export) bytes: Bytes,
    pub(in crate::export) spans: u64,
    /// Whether one of its spans has failed. Such a batch is kept longer than others.
    pub(in crate::export) has_errors: bool,
}
