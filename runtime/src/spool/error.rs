//! What can go wrong, told so that one log line is enough to act on.
//!
//! Every message already contains its cause; [`std::error::Error::source`] is left empty so that a
//! log that prints the whole chain does not say it twice.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a spool cannot be opened, or cannot adopt.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum SpoolError {
    /// The path the user named is there, but it is no directory.
    #[error("the spool needs a directory, but {path} is something else: name another path")]
    NotADirectory {
        /// The path that was named.
        path: PathBuf,
    },

    /// Other users could read, replace or plant batches.
    #[error(
        "other users can write to the spool directory {path} (mode {mode:03o}): \
         run `chmod go-w {path}`, or name a new directory inside it"
    )]
    WritableByOthers {
        /// The directory that was named.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },

    /// Whoever owns the directory can change its permissions and its content at will.
    #[error(
        "the spool directory {path} belongs to user {owner}, but this process is user {ourselves}: \
         give it to user {ourselves} with `chown`, or name another directory"
    )]
    OwnedByAnother {
        /// The directory that was named.
        path: PathBuf,
        /// The numeric user to whom it belongs.
        owner: u32,
        /// The numeric user this process runs as.
        ourselves: u32,
    },

    /// The system refused something.
    #[error("the spool cannot {action} {path}: {cause}")]
    Io {
        /// What was tried, as a verb: "create", "list", "lock".
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl SpoolError {
    /// For `map_err`: what was tried on which path.
    pub(crate) fn while_trying(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { action, path: path.to_path_buf(), cause }
    }
}

/// Why a batch was not kept. The spool stays usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum KeepError {
    /// It would fit if others left: see [`Spool::drop_one`](crate::spool::Spool::drop_one).
    #[error("the spool is full")]
    Full,

    /// It would not fit into an empty spool either, so dropping others for it is pointless.
    #[error("a batch of {size} bytes is too large for the spool, whose limit is {limit} bytes")]
    TooLarge {
        /// What the batch would take up on disk.
        size: u64,
        /// What it may take up at most.
        limit: u64,
    },

    /// The disk is full, read-only, gone, ... No trace of the batch is left behind.
    #[error("the spool cannot write a batch: {0}")]
    Io(io::Error),
}
