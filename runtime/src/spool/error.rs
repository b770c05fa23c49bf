//! The spool's errors. Each message is enough to act on.
//!
//! Every message contains its cause, so [`std::error::Error::source`] is empty: a log of the whole chain would
//! repeat it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a spool cannot be opened, or cannot adopt.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum SpoolError {
    /// The path the user named is there, but it is not a directory.
    #[error("the spool path {path} is not a directory: use another path")]
    NotADirectory {
        /// The path that was named.
        path: PathBuf,
    },

    /// Other users could read, replace or plant batches.
    #[cfg(unix)]
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

    /// The owner of the directory could change its permissions and its content.
    #[cfg(unix)]
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

    /// A system call failed.
    #[error("the spool cannot {action} {path}: {cause}")]
    Io {
        /// The operation, as a verb: "create", "list", "lock".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
}

impl SpoolError {
    /// For `map_err`: adds what was tried, and on which path.
    pub(crate) fn while_trying(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { action, path: path.to_path_buf(), cause }
    }
}

/// Why a batch was not written. The spool stays usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum KeepError {
    /// There is room only if others are dropped: see [`Spool::drop_one`](crate::spool::queue::Spool::drop_one).
    #[error("the spool is full")]
    Full,

    /// It would not fit into an empty spool either.
    #[error("a batch of {size} bytes is too large for the spool, whose limit is {limit} bytes")]
    TooLarge {
        /// What the batch would take up on disk.
        size: u64,
        /// What it may take up at most.
        limit: u64,
    },

    /// The disk is full, read-only or gone, for instance. No part of the batch remains.
    #[error("the spool cannot write a batch: {0}")]
    Io(io::Error),
}
