//! One request's bytes.

use bytes::Bytes;

/// An encoded request, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) bytes: Bytes,
    pub(super) spans: u64,
    /// Whether one of its spans has failed: then it is worth more than another.
    pub(super) has_errors: bool,
}
