//! The errors that an application handles.

/// Why [`init`](crate::init) did not set anything up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// A process can initialize Spanwise once.
    #[error(
        "Spanwise is already initialized in this process: call `spanwise::init()` once, in `main`, and keep its guard"
    )]
    AlreadyInitialized,
    /// The system could not start the exporter's thread.
    #[error("cannot start the thread that exports spans: {0}")]
    NoThread(#[source] std::io::Error),
}

/// Why some of the recorded spans were not delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The collector did not accept the spans. They are kept and sent again.
    #[error("{kept} spans are not delivered: {reason}")]
    NotDelivered {
        /// How many spans are kept.
        kept: u64,
        /// Why the last attempt failed.
        reason: String,
    },
    /// The timeout ended.
    #[error("{kept} spans are not delivered: no answer within {timeout:.1?}")]
    TimedOut {
        /// How many spans are kept.
        kept: u64,
        /// The timeout.
        timeout: std::time::Duration,
    },
    /// The collector refused some of the spans for good, or they could not be kept.
    #[error("{spans} spans are dropped: {reason}")]
    Dropped {
        /// How many spans are lost.
        spans: u64,
        /// Why they are lost.
        reason: String,
    },
    /// The exporter's thread has ended: it was shut down before.
    #[error("the exporter is shut down")]
    ShutDown,
}
