//! The errors that a person handles.

/// Why [`init`](crate::init) set nothing up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There can be one pipeline in a process, and there is one.
    #[error(
        "spanwise is initialised already: call `spanwise::init()` once, in `main`, and keep the guard it returns"
    )]
    AlreadyInitialised,
    /// The system gave no thread for the exporter.
    #[error("cannot start the thread that exports spans: {0}")]
    NoThread(#[source] std::io::Error),
}

/// Why not everything that was recorded has been delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The collector did not take the spans; they are kept and sent again.
    #[error("{kept} spans are not delivered: {reason}")]
    NotDelivered {
        /// How many spans are kept.
        kept: u64,
        /// What the last attempt said.
        reason: String,
    },
    /// The time given to it ran out.
    #[error("{kept} spans are not delivered: no answer within {within:.1?}")]
    TimedOut {
        /// How many spans are kept.
        kept: u64,
        /// How long it was waited.
        within: std::time::Duration,
    },
    /// The collector refused some of the spans for good, or there was no room to keep them.
    #[error("{spans} spans are dropped: {reason}")]
    Dropped {
        /// How many.
        spans: u64,
        /// Why.
        reason: String,
    },
    /// The exporter's thread is gone: it was shut down before.
    #[error("the exporter is shut down")]
    ShutDown,
}
