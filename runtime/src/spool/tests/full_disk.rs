//! A disk that fills up in the middle of a batch.
//!
//! A limit on the size of files stands in for the full disk: with its signal ignored, the system
//! accepts the first part of a batch and then refuses, just as a full disk does.

use std::path::PathBuf;
use std::process::Command;

use super::{alone, batches_of, count, drain, open};
use crate::spool::KeepError;

#[test]
fn a_disk_that_fills_up_loses_nothing_that_was_kept() {
    let temporary = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(alone(module_path!(), "full_disk_child"))
        .env("SPOOL_DIRECTORY", temporary.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "run by a_disk_that_fills_up_loses_nothing_that_was_kept"]
fn full_disk_child() {
    let Some(temporary) = std::env::var_os("SPOOL_DIRECTORY").map(PathBuf::from) else {
        return;
    };
    let mut spool = open(&temporary);
    spool.keep(b"before", 1, false).unwrap();
    for _ in 0..3 {
        let refused = spool.keep(&vec![7; 1 << 20], 1, false);
        assert!(matches!(refused, Err(KeepError::Io(_))));
        assert_eq!(count(&temporary, ".part"), 0);
    }
    spool.keep(b"after", 1, false).unwrap();

    assert_eq!((spool.len(), spool.spans()), (2, 2));
    assert_eq!(count(&temporary, ".batch"), 2);
    assert_eq!(batches_of(&drain(&mut spool)), [b"before".as_slice(), b"after"]);
}
