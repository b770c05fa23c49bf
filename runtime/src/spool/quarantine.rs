//! The directory for damaged and rejected batches: kept for inspection, within limits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::spool::directory::listing;
use crate::spool::directory::names;
use crate::spool::directory::permissions;
use crate::spool::directory::trusted::Trusted;
use crate::spool::number::BatchNumber;

/// How many files it holds at most.
const MAX_FILES: usize = 64;

/// How many bytes it holds at most. A larger batch is deleted at once.
const MAX_BYTES: u64 = 16 << 20;

/// The quarantine, which all processes of a spool share.
#[derive(Debug)]
pub(crate) struct Quarantine {
    path: PathBuf,
    root: Trusted,
}

impl Quarantine {
    /// The quarantine under `root`. It is created when it is first needed.
    pub(crate) fn under(root: &Trusted) -> Self {
        Self { path: root.path().join(names::QUARANTINE), root: root.clone() }
    }

    /// Moves `file` here, and makes room by deleting the oldest files.
    pub(crate) fn put(&self, file: &Path, number: BatchNumber) -> io::Result<()> {
        self.root.check()?;
        match permissions::create_directory(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // Symbolic links are not followed: one could lead anywhere.
        self.root.check_inner(&self.path)?;
        let name = names::quarantined(BatchNumber::now(), number);
        fs::rename(file, self.path.join(name))?;
        self.make_room();
        Ok(())
    }

    /// Walks from the newest to the oldest, and deletes from where the bound is exceeded.
    fn make_room(&self) {
        let Ok(held) = listing::files(&self.path, names::parse_quarantined) else {
            return; // The directory is listed again when the next batch arrives.
        };
        let mut files: usize = 0;
        let mut bytes: u64 = 0;
        for path in held.values().rev() {
            // Another process may be making room too: a file without metadata is already gone.
            let Ok(metadata) = fs::symlink_metadata(path) else {
                continue;
            };
            files += 1;
            bytes = bytes.saturating_add(metadata.len());
            if files > MAX_FILES || bytes > MAX_BYTES {
                let _ = fs::remove_file(path);
            }
        }
    }
}
