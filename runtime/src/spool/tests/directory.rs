//! The directory is ours alone, or the spool refuses it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ROOMY, alone, batches_of, drain, file_of, only_home, open, place, tree};
use crate::spool::{KeepError, Spool, SpoolError};

/// The user "nobody" on most systems; any that is not root will do.
const NOBODY: u32 = 65534;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn refused(path: &Path) -> SpoolError {
    Spool::open(path, ROOMY).unwrap_err()
}

#[test]
fn everything_is_created_for_us_alone() {
    let place = place();
    let path = place.path.join("deep").join("down");
    let mut spool = open(&path);
    let number = spool.keep(b"batch", 1, false).unwrap();
    let poison = spool.keep(b"poison", 1, false).unwrap();
    spool.quarantine(poison).unwrap();

    let home = only_home(&path);
    for directory in [&place.path, &path, &home, &path.join("quarantine")] {
        assert_eq!(mode(directory), 0o700, "{}", directory.display());
    }
    assert_eq!(mode(&home.join("lock")), 0o600);
    assert_eq!(mode(&file_of(&path, number)), 0o600);
}

#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    let place = place();
    fs::create_dir(&place.path).unwrap();
    for (bits, accepted) in [(0o700, true), (0o755, true), (0o775, false), (0o757, false), (0o1777, false)] {
        set_mode(&place.path, bits);
        assert_eq!(Spool::open(&place.path, ROOMY).is_ok(), accepted, "{bits:o}");
    }
    let message = refused(&place.path).to_string();
    assert!(message.contains(place.path.to_str().unwrap()), "{message}");
    assert!(message.contains("mode 1777"), "{message}");
    assert!(message.contains("chmod go-w"), "{message}");
    assert_eq!(tree(&place.path), Vec::<String>::new());
}

#[test]
fn a_directory_of_somebody_else_is_refused() {
    let place = place();
    fs::create_dir(&place.path).unwrap();
    set_mode(&place.path, 0o755);
    let somebody = fs::metadata(&place.path).unwrap().uid() + 1;
    if chown(&place.path, Some(somebody), None).is_err() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    let error = refused(&place.path);
    assert!(matches!(error, SpoolError::OwnedByAnother { owner, .. } if owner == somebody));
    let message = error.to_string();
    assert!(message.contains(place.path.to_str().unwrap()), "{message}");
    assert_eq!(tree(&place.path), Vec::<String>::new());
}

#[test]
fn a_file_where_a_directory_is_expected_is_refused() {
    let place = place();
    fs::write(&place.path, b"").unwrap();
    let error = refused(&place.path);
    assert!(matches!(&error, SpoolError::NotADirectory { path } if *path == place.path));
    let below = place.path.join("below");
    let error = refused(&below);
    assert!(matches!(&error, SpoolError::Io { path, .. } if *path == below));
}

#[test]
fn a_link_to_a_directory_is_followed_and_what_it_leads_to_is_judged() {
    let place = place();
    let real = place.path.with_extension("real");
    fs::create_dir(&real).unwrap();
    set_mode(&real, 0o700);
    symlink(&real, &place.path).unwrap();

    let mut spool = open(&place.path);
    fs::remove_file(&place.path).unwrap();
    spool.keep(b"batch", 1, false).unwrap();
    assert_eq!(batches_of(&drain(&mut spool)), [b"batch"]);

    set_mode(&real, 0o777);
    symlink(&real, &place.path).unwrap();
    let error = refused(&place.path);
    let real = fs::canonicalize(real).unwrap();
    assert!(matches!(error, SpoolError::WritableByOthers { path, .. } if path == real));
}

#[test]
fn a_link_to_nowhere_is_refused() {
    let place = place();
    symlink("nowhere", &place.path).unwrap();
    assert!(matches!(refused(&place.path), SpoolError::Io { .. }));
}

#[test]
fn links_inside_are_not_followed() {
    let elsewhere = place();
    let mut other = open(&elsewhere.path);
    let number = other.keep(b"not ours", 1, false).unwrap();
    drop(other);
    let theirs = only_home(&elsewhere.path);

    let place = place();
    let mut spool = open(&place.path);
    symlink(&theirs, place.path.join(format!("process-{number}-1"))).unwrap();
    let dead = place.path.join(format!("process-{number}-2"));
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("lock"), b"").unwrap();
    symlink(file_of(&elsewhere.path, number), dead.join(format!("{number}.batch"))).unwrap();
    let linked_lock = place.path.join(format!("process-{number}-3"));
    fs::create_dir(&linked_lock).unwrap();
    symlink(theirs.join("lock"), linked_lock.join("lock")).unwrap();

    assert_eq!(spool.adopt().unwrap().batches, 0);
    assert_eq!(spool.len(), 0);
    assert!(linked_lock.exists());
    assert_eq!(drain(&mut open(&elsewhere.path)).len(), 1);
}

/// What was put in the place of the spool while we use it.
fn put_in_place(of: &Path, what: impl FnOnce(&Path)) {
    fs::rename(of, of.with_extension("moved")).unwrap();
    what(of);
}

fn directory_for_us(path: &Path) {
    fs::create_dir(path).unwrap();
    set_mode(path, 0o700);
}

#[test]
fn another_directory_in_the_place_of_the_spool_is_not_used() {
    type Put = fn(&Path);
    let kinds: [(&str, Put); 3] = [
        ("directory", directory_for_us),
        ("link to another", |path| {
            let other = path.with_extension("other");
            directory_for_us(&other);
            symlink(other, path).unwrap();
        }),
        ("link to the same", |path| symlink(path.with_extension("moved"), path).unwrap()),
    ];
    for (kind, put) in kinds {
        let place = place();
        let mut spool = open(&place.path);
        let number = spool.keep(b"ours", 1, false).unwrap();
        put_in_place(&place.path, put);
        // What a process of another user has left there.
        let there = fs::canonicalize(&place.path).unwrap();
        let planted = there.join("process-01763680000000000000-7");
        directory_for_us(&planted);
        fs::write(planted.join("lock"), b"").unwrap();
        let before = tree(&there);

        let refused = spool.keep(b"new", 1, false).unwrap_err().to_string();
        assert!(refused.contains("was replaced by"), "{kind}: {refused}");
        assert!(spool.adopt().is_err(), "{kind}");
        assert!(spool.oldest().is_err(), "{kind}: it stays in the queue");
        assert!(spool.quarantine(number).is_err(), "{kind}");
        assert_eq!(tree(&there), before, "{kind}");
        drop(spool);
        assert_eq!(tree(&there), before, "{kind}");
    }
}

#[test]
fn a_link_in_the_place_of_our_own_folder_is_not_followed() {
    let place = place();
    let mut spool = open(&place.path);
    let lost = spool.keep(b"lost", 3, false).unwrap();
    let elsewhere = place.path.with_extension("elsewhere");
    directory_for_us(&elsewhere);
    let home = only_home(&place.path);
    put_in_place(&home, |home| symlink(&elsewhere, home).unwrap());
    assert!(spool.oldest().is_err(), "it may come back");

    let new = spool.keep(b"new", 1, false).unwrap();
    assert_eq!(tree(&elsewhere), Vec::<String>::new());
    assert!(new > lost);
    assert_eq!(spool.oldest().unwrap().unwrap().number, new, "in a folder of its own");
    assert_eq!(spool.taken_out()[0].number, lost);
}

#[test]
fn a_directory_that_others_can_write_to_by_now_is_not_used() {
    let place = place();
    let mut spool = open(&place.path);
    spool.keep(b"ours", 1, false).unwrap();
    set_mode(&place.path, 0o777);
    assert!(spool.keep(b"new", 1, false).unwrap_err().to_string().contains("other users"));
    assert!(spool.adopt().is_err());
    set_mode(&place.path, 0o700);
    spool.keep(b"new", 1, false).unwrap();
    assert_eq!(batches_of(&drain(&mut spool)), [&b"ours"[..], b"new"]);
}

#[test]
fn files_and_folders_of_somebody_else_are_not_adopted() {
    let place = place();
    let mut dead = open(&place.path);
    let number = dead.keep(b"theirs", 1, false).unwrap();
    let home = only_home(&place.path);
    drop(dead);
    let somebody = fs::metadata(&place.path).unwrap().uid() + 1;
    let file = file_of(&place.path, number);
    if chown(&file, Some(somebody), None).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    let spool = open(&place.path);
    assert_eq!(spool.adopted().batches, 0, "a file");
    drop(spool);
    chown(&home, Some(somebody), None).unwrap();
    let spool = open(&place.path);
    assert_eq!((spool.adopted().batches, spool.adopted().left_behind), (0, 1), "a folder");
}

/// Root may write anywhere, so root has somebody else run the test.
#[test]
fn a_read_only_directory_gives_errors_and_no_more() {
    let temporary = tempfile::tempdir().unwrap();
    let arguments = alone(module_path!(), "read_only_child");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(arguments).env("SPOOL_DIRECTORY", temporary.path());
    if chown(temporary.path(), Some(NOBODY), Some(NOBODY)).is_ok() {
        child.uid(NOBODY).gid(NOBODY);
    }
    match child.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{said}");
            assert!(said.contains("1 passed"), "{said}");
        }
        Err(error) => eprintln!("skipped: nobody may not run this test: {error}"),
    }
}

#[test]
#[ignore = "run by a_read_only_directory_gives_errors_and_no_more"]
fn read_only_child() {
    let Some(temporary) = std::env::var_os("SPOOL_DIRECTORY").map(PathBuf::from) else {
        return;
    };
    set_mode(&temporary, 0o500);
    assert!(matches!(refused(&temporary.join("new")), SpoolError::Io { action: "create", .. }));
    assert!(matches!(refused(&temporary), SpoolError::Io { action: "set up", .. }));
    set_mode(&temporary, 0o700);

    let mut spool = open(&temporary);
    let first = spool.keep(b"first", 1, false).unwrap();
    let second = spool.keep(b"second", 2, false).unwrap();
    let home = only_home(&temporary);
    set_mode(&home, 0o500);
    assert!(matches!(spool.keep(b"new", 1, false), Err(KeepError::Io(_))));
    assert_eq!(spool.oldest().unwrap().unwrap().number, first);
    assert!(spool.acknowledge(first).is_err());
    assert_eq!(spool.oldest().unwrap().unwrap().number, second);

    // Files that cannot be opened stay in the queue, and are not waited for.
    set_mode(&home, 0o700);
    set_mode(&file_of(&temporary, second), 0o000);
    assert!(spool.oldest().is_err());
    let third = spool.keep(b"third", 3, false).unwrap();
    assert_eq!(spool.oldest().unwrap().unwrap().number, third);
    set_mode(&file_of(&temporary, second), 0o600);
    assert_eq!(spool.oldest().unwrap().unwrap().number, second);
    assert_eq!(spool.taken_out(), []);
}
