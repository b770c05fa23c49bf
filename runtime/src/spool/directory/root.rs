//! The spool's root directory, which processes share.

use std::fs;
use std::path::Path;

use crate::spool::directory::home::Home;
use crate::spool::directory::permissions;
use crate::spool::directory::trusted::Trusted;
use crate::spool::error::SpoolError;

/// Creates `directory` if needed, checks that no other user can write to it, and creates this process's directory in it.
///
/// Returns its real path and our own directory in it. The named path may be a symbolic link
/// (operators like to point `/var/spool/...` at a larger disk). It is followed once, here. The
/// directory it leads to is checked and used from then on, so a later change of the link has no effect on
/// this process.
///
/// The parent directories are not checked. A user who can write there can remove the spool, but a
/// replacement would belong to that user, and is refused.
pub(crate) fn move_in(directory: &Path) -> Result<(Trusted, Home), SpoolError> {
    permissions::create_directories(directory).map_err(|cause| {
        if fs::metadata(directory).is_ok_and(|metadata| !metadata.is_dir()) {
            return SpoolError::NotADirectory { path: directory.to_path_buf() };
        }
        SpoolError::while_trying("create", directory)(cause)
    })?;
    let root = fs::canonicalize(directory).map_err(SpoolError::while_trying("resolve", directory))?;
    judge(&root)
}

/// Does the same after the directory at this real path was removed. A link that is there now is not followed.
pub(crate) fn move_in_again(root: &Path) -> Result<(Trusted, Home), SpoolError> {
    permissions::create_directories(root).map_err(SpoolError::while_trying("create", root))?;
    judge(root)
}

fn judge(root: &Path) -> Result<(Trusted, Home), SpoolError> {
    permissions::refuse_writable_by_others(root)?;
    let trusted = Trusted::at(root).map_err(SpoolError::while_trying("use", root))?;
    let mut home = Home::create(root)?;
    if let Err(error) = permissions::refuse_owned_by_another(root, &home.lock_path()) {
        home.remove_if_empty();
        return Err(error);
    }
    Ok((trusted, home))
}
