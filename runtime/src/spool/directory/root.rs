//! The directory the user names, in which all processes meet.

use std::fs;
use std::path::{Path, PathBuf};

use crate::spool::directory::home::Home;
use crate::spool::directory::permissions;
use crate::spool::error::SpoolError;

/// Makes sure that `directory` is there and ours alone, and moves in.
///
/// Returns its real path and our own directory in it. The named path may be a symbolic link
/// (operators like to point `/var/spool/...` at a larger disk). It is followed once, here; what is
/// judged and used from then on is the directory it led to, so turning the link elsewhere later
/// changes nothing for this process.
///
/// The directories above are not judged. Whoever can write there can take the spool away, but what
/// they put in its place belongs to them, and is refused.
pub(crate) fn move_in(directory: &Path) -> Result<(PathBuf, Home), SpoolError> {
    permissions::create_directories(directory).map_err(|cause| {
        if fs::metadata(directory).is_ok_and(|metadata| !metadata.is_dir()) {
            return SpoolError::NotADirectory { path: directory.to_path_buf() };
        }
        SpoolError::while_trying("create", directory)(cause)
    })?;
    let root = fs::canonicalize(directory).map_err(SpoolError::while_trying("resolve", directory))?;
    permissions::refuse_writable_by_others(&root)?;

    let home = Home::create(&root)?;
    if let Err(error) = permissions::refuse_owned_by_another(&root, &home.lock_path()) {
        home.remove_if_empty();
        return Err(error);
    }
    Ok((root, home))
}
