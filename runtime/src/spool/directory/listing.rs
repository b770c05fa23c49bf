//! Lists a directory, without following links.

use std::collections::BTreeMap;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

/// The regular files in `directory` whose names `parse` accepts, sorted by its results.
///
/// Symbolic links, pipes and files with other names are skipped.
pub(crate) fn files<Name: Ord>(
    directory: &Path,
    parse: impl Fn(&str) -> Option<Name>,
) -> io::Result<BTreeMap<Name, PathBuf>> {
    entries(directory, |kind| kind.is_file(), parse)
}

/// The same for directories.
pub(crate) fn directories<Name: Ord>(
    directory: &Path,
    parse: impl Fn(&str) -> Option<Name>,
) -> io::Result<BTreeMap<Name, PathBuf>> {
    entries(directory, |kind| kind.is_dir(), parse)
}

fn entries<Name: Ord>(
    directory: &Path,
    wanted: impl Fn(FileType) -> bool,
    parse: impl Fn(&str) -> Option<Name>,
) -> io::Result<BTreeMap<Name, PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(&parse) else {
            continue;
        };
        // The type of the entry itself, links not followed. No type: it has just been removed.
        if entry.file_type().is_ok_and(&wanted) {
            found.insert(name, entry.path());
        }
    }
    Ok(found)
}
