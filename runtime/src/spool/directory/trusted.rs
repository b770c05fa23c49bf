//! A directory that was judged when it was first used, and must still be the same one.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A directory that is ours. Another user may be able to put another one in its place, by what is above it.
#[derive(Clone, Debug)]
pub(crate) struct Trusted {
    path: PathBuf,
    identity: Identity,
}

impl Trusted {
    /// Trusts the directory that is at this path now. A symbolic link is an error.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let identity = Identity::of(&look_at(path)?);
        Ok(Self { path: path.to_path_buf(), identity })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an error of [`check`](Self::check) says that the directory is gone, with what was in it.
    pub(crate) fn is_gone(error: &io::Error) -> bool {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
    }

    /// An error if it is gone, if another directory or a link is in its place, or if others can write to it by now.
    pub(crate) fn check(&self) -> io::Result<()> {
        let metadata = look_at(&self.path)?;
        if Identity::of(&metadata) != self.identity {
            return Err(refusal(&self.path, "was replaced by another directory"));
        }
        refuse_writable(&self.path, &metadata)
    }

    /// An error if the directory at this path has another owner, if it is a link, or if others can write to it.
    pub(crate) fn check_inner(&self, path: &Path) -> io::Result<()> {
        let metadata = look_at(path)?;
        if !self.identity.has_owner_of(&metadata) {
            return Err(refusal(path, "belongs to another user"));
        }
        refuse_writable(path, &metadata)
    }
}

fn look_at(path: &Path) -> io::Result<Metadata> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_dir() {
        return Ok(metadata);
    }
    if metadata.is_symlink() {
        return Err(refusal(path, "was replaced by a link"));
    }
    let why = format!("{} is not a directory", path.display());
    Err(io::Error::new(io::ErrorKind::NotADirectory, why))
}

fn refusal(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} {why}, and is not used", path.display()))
}

#[cfg(unix)]
use unix::{Identity, refuse_writable};

#[cfg(unix)]
mod unix {
    use std::fs::Metadata;
    use std::io;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use crate::spool::directory::permissions::OTHERS_WRITE;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Identity {
        device: u64,
        number: u64,
        owner: u32,
    }

    impl Identity {
        pub(super) fn of(metadata: &Metadata) -> Self {
            Self { device: metadata.dev(), number: metadata.ino(), owner: metadata.uid() }
        }

        pub(super) fn has_owner_of(self, other: &Metadata) -> bool {
            self.owner == other.uid()
        }
    }

    pub(super) fn refuse_writable(path: &Path, metadata: &Metadata) -> io::Result<()> {
        match metadata.mode() & OTHERS_WRITE {
            0 => Ok(()),
            _ => Err(super::refusal(path, "can be written to by other users")),
        }
    }
}

#[cfg(not(unix))]
use elsewhere::{Identity, refuse_writable};

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::Metadata;
    use std::io;
    use std::path::Path;
    use std::time::SystemTime;

    /// When it was created, where the system knows that.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Identity(Option<SystemTime>);

    impl Identity {
        pub(super) fn of(metadata: &Metadata) -> Self {
            Self(metadata.created().ok())
        }

        pub(super) fn has_owner_of(self, _other: &Metadata) -> bool {
            true
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    pub(super) fn refuse_writable(_path: &Path, _metadata: &Metadata) -> io::Result<()> {
        Ok(())
    }
}
