//! The directory of one process, and the lock that shows whether the process runs.
//!
//! The rule that prevents races: **a lock file is created once, by the process it stands
//! for, and removed at most once, by the process that holds its lock.** So a process that gets the lock
//! only needs to check that the file still exists. If it does, no other process has the directory or
//! will get it. If it does not, the directory was just removed, and is given up.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::fork::ClosedInChild;
use crate::spool::directory::listing;
use crate::spool::directory::names::{self, SegmentStage};
use crate::spool::directory::permissions;
use crate::spool::directory::trusted::Trusted;
use crate::spool::error::SpoolError;
use crate::spool::number::BatchNumber;

/// How many names are tried for a new directory. One is enough, unless the clock is coarse and a
/// process of another container has the same id, or another process removes the new directory
/// just before it is locked.
const ATTEMPTS: usize = 64;

/// The directory of this process or of an ended one, locked while this value exists.
#[derive(Debug)]
pub(crate) struct Home {
    directory: Trusted,
    /// `None` once the directory was removed.
    lock: Option<Lock>,
}

#[derive(Debug)]
struct Lock {
    /// A forked child would keep the lock after our end.
    _closed_in_child: ClosedInChild,
    file: File,
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

    /// Creates and locks `path`. Returns `None` if another process was first.
    fn claim(path: &Path) -> io::Result<Option<Self>> {
        match permissions::create_directory(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            created => created?,
        }
        let lock_path = path.join(names::LOCK);
        match permissions::create_file(&lock_path) {
            // Another process took the new, empty directory for one of an ended process, and removed it.
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

    /// Takes over the directory at `path` if its process has ended. Returns `None` if it runs, or if
    /// there is nothing to take over.
    ///
    /// Without a lock file it is not known whether the process runs, so such a directory is not
    /// touched. But an empty one is removed: its process ended while it created or removed it.
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
        match permissions::open_file(&lock_path, File::options().read(true).write(true)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => Self::lock(path, opened?),
        }
    }

    /// Locks, then checks that the lock file still exists.
    fn lock(path: &Path, lock: File) -> io::Result<Option<Self>> {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => {}
        }
        if fs::symlink_metadata(path.join(names::LOCK)).is_err() {
            return Ok(None);
        }
        let lock = Some(Lock { _closed_in_child: ClosedInChild::new(&lock), file: lock });
        Ok(Some(Self { directory: Trusted::at(path)?, lock }))
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.path().join(names::LOCK)
    }

    /// An error if the directory is not ours any more.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.directory.check()
    }

    /// Where the batch with this number is.
    pub(crate) fn batch_path(&self, number: BatchNumber) -> PathBuf {
        self.path().join(names::segment(number, SegmentStage::Batch))
    }

    /// Our files in it, oldest first.
    pub(crate) fn segments(&self) -> io::Result<BTreeMap<(BatchNumber, SegmentStage), PathBuf>> {
        listing::files(self.path(), names::parse_segment)
    }

    /// Removes the directory if nothing but the lock is in it. If there is another file, the
    /// directory keeps its lock, which shows that its process has ended.
    pub(crate) fn remove_if_empty(&mut self) {
        let is_lock =
            |entry: io::Result<fs::DirEntry>| entry.is_ok_and(|entry| entry.file_name() == names::LOCK);
        let is_empty =
            self.check().is_ok() && fs::read_dir(self.path()).is_ok_and(|mut entries| entries.all(is_lock));
        if is_empty && fs::remove_file(self.lock_path()).is_ok() {
            // On Windows a file stays in its directory until it is closed.
            self.lock = None;
            let _ = fs::remove_dir(self.path());
        }
    }
}

/// Releases the lock. Closing the file is not enough: a child process that is being started at this moment has a copy
/// of the open file, which would stay locked.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// The directories of the other processes under `root`, oldest first.
pub(crate) fn others(root: &Path, ours: &Home) -> io::Result<Vec<PathBuf>> {
    let homes = listing::directories(root, names::parse_process)?;
    Ok(homes.into_values().filter(|path| path != ours.path()).collect())
}
