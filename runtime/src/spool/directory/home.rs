//! The directory of one process, and the lock that says whether the process lives.
//!
//! The rule that makes this free of races: **a lock file is created once, by the process it speaks
//! for, and removed at most once, by whoever holds its lock.** So whoever has got hold of a lock
//! only needs to look whether the file is still there. If it is, nobody else has the directory, and
//! nobody else will get it. If it is not, the directory was cleared a moment ago, and is let go.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::spool::directory::listing;
use crate::spool::directory::names::{self, SegmentStage};
use crate::spool::directory::permissions;
use crate::spool::error::SpoolError;
use crate::spool::number::BatchNumber;

/// How many names are tried for a new directory. One is enough, unless the clock is coarse and a
/// process of another container has the same id, or a successor clears the new directory away in
/// the instant before it is locked.
const ATTEMPTS: usize = 64;

/// A process's directory, ours or a dead one's, locked for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    lock: File,
}

impl Home {
    /// Creates a directory for this process under `root`.
    pub(crate) fn create(root: &Path) -> Result<Self, SpoolError> {
        let mut opened = BatchNumber::now();
        for _ in 0..ATTEMPTS {
            let path = root.join(names::process(opened));
            let home = Self::claim(&path).map_err(SpoolError::while_trying("set up", &path))?;
            if let Some(home) = home {
                return Ok(home);
            }
            opened = opened.next();
        }
        Err(SpoolError::while_trying("find a free name in", root)(io::ErrorKind::AlreadyExists.into()))
    }

    /// Creates and locks `path`. `None`: somebody else was there first.
    fn claim(path: &Path) -> io::Result<Option<Self>> {
        match permissions::create_directory(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            created => created?,
        }
        let lock_path = path.join(names::LOCK);
        match permissions::create_file(&lock_path) {
            // A successor took the new, empty directory for a leftover and removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let _ = fs::remove_dir(path);
                Err(error)
            }
            Ok(lock) => match Self::lock(path, lock) {
                Err(error) => {
                    let _ = fs::remove_file(&lock_path);
                    let _ = fs::remove_dir(path);
                    Err(error)
                }
                locked => locked,
            },
        }
    }

    /// Takes over the directory at `path` if its process is dead. `None`: it lives, or there is
    /// nothing (left) to take over.
    ///
    /// Without a lock file nobody can tell whether the process lives, so such a directory is not
    /// touched; except that an empty one, whose process ended while setting it up or while clearing
    /// it, is removed.
    pub(crate) fn take_over(path: &Path) -> io::Result<Option<Self>> {
        let lock_path = path.join(names::LOCK);
        match fs::symlink_metadata(&lock_path) {
            Ok(metadata) if !metadata.is_file() => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let _ = fs::remove_dir(path);
                return Ok(None);
            }
            looked => looked?,
        };
        match File::options().read(true).write(true).open(&lock_path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => Self::lock(path, opened?),
        }
    }

    /// Locks, then looks whether the lock still means something.
    fn lock(path: &Path, lock: File) -> io::Result<Option<Self>> {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => {}
        }
        let still_there = fs::symlink_metadata(path.join(names::LOCK)).is_ok();
        Ok(still_there.then(|| Self { path: path.to_path_buf(), lock }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.path.join(names::LOCK)
    }

    /// Where the batch with this number is.
    pub(crate) fn batch_path(&self, number: BatchNumber) -> PathBuf {
        self.path.join(names::segment(number, SegmentStage::Batch))
    }

    /// Our files in it, oldest first.
    pub(crate) fn segments(&self) -> io::Result<BTreeMap<(BatchNumber, SegmentStage), PathBuf>> {
        listing::files(&self.path, names::parse_segment)
    }

    /// Whether somebody has removed or replaced the directory behind our back.
    pub(crate) fn is_gone(&self) -> bool {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) => !metadata.is_dir(),
            Err(error) => matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        }
    }

    /// Removes the directory if nothing but the lock is in it. If a file of somebody else is, the
    /// directory keeps its lock, so that it can still be told to be dead.
    pub(crate) fn remove_if_empty(&self) {
        let is_lock =
            |entry: io::Result<fs::DirEntry>| entry.is_ok_and(|entry| entry.file_name() == names::LOCK);
        let empty = fs::read_dir(&self.path).is_ok_and(|mut entries| entries.all(is_lock));
        if empty && fs::remove_file(self.lock_path()).is_ok() {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Gives the directory away. Closing the file would do, were it not for children: one that is being
/// started at this moment has a copy of our open files, and closing ours leaves its copy locked.
impl Drop for Home {
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

/// The directories of the other processes under `root`, oldest first.
pub(crate) fn others(root: &Path, ours: &Home) -> io::Result<Vec<PathBuf>> {
    let homes = listing::directories(root, names::parse_process)?;
    Ok(homes.into_values().filter(|path| path != ours.path()).collect())
}
