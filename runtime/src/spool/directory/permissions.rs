//! Permissions, which keep other users out.
//!
//! Spans may hold private data, so other users must not read them; and they must not add a batch that we
//! would send as ours. Without Unix permissions the directory is as private as its parent.

#[cfg(not(unix))]
pub(crate) use elsewhere::*;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(unix)]
mod unix {
    use std::fs::{self, DirBuilder, File, OpenOptions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use crate::spool::error::SpoolError;

    const ONLY_WE_ENTER: u32 = 0o700;
    const ONLY_WE_READ: u32 = 0o600;
    pub(crate) const OTHERS_WRITE: u32 = 0o022;
    const PERMISSION_BITS: u32 = 0o7777;

    /// Creates a directory for us alone.
    pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(ONLY_WE_ENTER).create(path)
    }

    /// Creates a directory for us alone, and the missing ones above it, unless it is there.
    pub(crate) fn create_directories(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(ONLY_WE_ENTER).recursive(true).create(path)
    }

    /// Creates a file for us alone. Fails if the name exists, even as a symbolic link.
    pub(crate) fn create_file(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).mode(ONLY_WE_READ).open(path)
    }

    /// Opens a file that we or a process of the same user have created. Links are not followed, and a pipe is not waited for.
    pub(crate) fn open_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
        let directory = path.parent().map(fs::symlink_metadata).transpose()?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || directory.is_some_and(|directory| directory.uid() != metadata.uid()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(file)
    }

    /// An error if the group or others may write to `directory`.
    pub(crate) fn refuse_writable_by_others(directory: &Path) -> Result<(), SpoolError> {
        let metadata = fs::metadata(directory).map_err(SpoolError::while_trying("look at", directory))?;
        if metadata.mode() & OTHERS_WRITE == 0 {
            return Ok(());
        }
        Err(SpoolError::WritableByOthers {
            path: directory.to_path_buf(),
            mode: metadata.mode() & PERMISSION_BITS,
        })
    }

    /// An error if `directory` belongs to another user than `our_file`, which we have just created.
    ///
    /// The owner of a new file is the one answer to "who are we?" that needs no system call beyond
    /// the standard library, and it is the right one: it is how the file system sees us.
    pub(crate) fn refuse_owned_by_another(directory: &Path, our_file: &Path) -> Result<(), SpoolError> {
        let owner = owner(directory)?;
        let ourselves = self::owner(our_file)?;
        if owner == ourselves {
            return Ok(());
        }
        Err(SpoolError::OwnedByAnother { path: directory.to_path_buf(), owner, ourselves })
    }

    fn owner(path: &Path) -> Result<u32, SpoolError> {
        fs::metadata(path).map(|metadata| metadata.uid()).map_err(SpoolError::while_trying("look at", path))
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::path::Path;

    use crate::spool::error::SpoolError;

    pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    pub(crate) fn create_directories(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub(crate) fn create_file(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(path)
    }

    pub(crate) fn open_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        options.open(path)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    pub(crate) fn refuse_writable_by_others(_directory: &Path) -> Result<(), SpoolError> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    pub(crate) fn refuse_owned_by_another(_directory: &Path, _our_file: &Path) -> Result<(), SpoolError> {
        Ok(())
    }
}
