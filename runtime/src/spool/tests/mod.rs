//! Tests on real files. Helpers first; each file tests one promise.

mod adoption;
mod bound;
mod crowd;
mod damage;
#[cfg(unix)]
mod directory;
#[cfg(unix)]
mod full_disk;
#[cfg(unix)]
mod kill;
mod model;
mod order;
mod quarantine;

use std::fs;
use std::path::{Path, PathBuf};

use crate::spool::{BatchNumber, Spool, StoredBatch};

/// A bound that no test reaches.
const ROOMY: u64 = 1 << 30;

fn open(directory: &Path) -> Spool {
    Spool::open(directory, ROOMY).unwrap()
}

/// A directory name in a fresh temporary directory. The spool creates it.
struct Place {
    path: PathBuf,
    _temporary: tempfile::TempDir,
}

fn place() -> Place {
    let temporary = tempfile::tempdir().unwrap();
    Place { path: temporary.path().join("spool"), _temporary: temporary }
}

/// Takes everything out of the spool, oldest first.
fn drain(spool: &mut Spool) -> Vec<StoredBatch> {
    let mut drained = Vec::new();
    while let Some(stored) = spool.oldest().unwrap() {
        assert!(spool.acknowledge(stored.number).unwrap());
        drained.push(stored);
    }
    drained
}

fn batches_of(drained: &[StoredBatch]) -> Vec<&[u8]> {
    drained.iter().map(|stored| stored.bytes.as_slice()).collect()
}

/// All files and directories below `directory`, as paths relative to it, sorted.
fn tree(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap();
            found.push(name.to_str().unwrap().to_owned());
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            }
        }
    }
    found.sort();
    found
}

/// How many files below `directory` end like this.
fn count(directory: &Path, ending: &str) -> usize {
    let tree = tree(directory);
    tree.iter().filter(|name| name.ends_with(ending)).count()
}

/// The file of a batch, wherever it is.
fn file_of(directory: &Path, number: BatchNumber) -> PathBuf {
    let name = format!("{number}.batch");
    let tree = tree(directory);
    directory.join(tree.iter().find(|path| path.ends_with(&name)).unwrap())
}

/// The directory of the only process there is.
fn only_home(directory: &Path) -> PathBuf {
    let homes: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("lock").exists())
        .collect();
    assert_eq!(homes.len(), 1);
    homes[0].clone()
}

/// The arguments that make this test binary run only the ignored test `name` in `module`
/// (`module_path!()`), printing what it prints.
#[cfg(unix)]
fn alone(module: &str, name: &str) -> [String; 4] {
    let module = module.split_once("::").unwrap().1;
    let test = format!("{module}::{name}");
    [test, "--exact".into(), "--ignored".into(), "--nocapture".into()]
}
