//! What the exporter's thread is asked to do.

use std::time::Duration;

use crate::error::ExportError;

/// Called once, with the result of a flush or a shutdown.
pub(super) type Reply = Box<dyn FnOnce(Result<(), ExportError>) + Send>;

pub(super) enum Command {
    Flush { timeout: Duration, reply: Reply },
    ShutDown { timeout: Duration, reply: Reply },
}

impl Command {
    /// Replies that the exporter's thread is gone.
    pub(super) fn refuse(self) {
        let (Self::Flush { reply, .. } | Self::ShutDown { reply, .. }) = self;
        reply(Err(ExportError::ShutDown));
    }
}

/// How long a caller waits for the reply after the exporter's own deadline has passed. A dead thread never replies.
pub(super) const REPLY_GRACE: Duration = Duration::from_secs(1);
