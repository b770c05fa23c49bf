//! What a dead process leaves is found; what a live one has is not touched.

use std::fs;
use std::path::Path;

use super::{batches_of, count, drain, file_of, only_home, open, place, tree};
use crate::spool::Adopted;

#[test]
fn a_successor_finds_everything_oldest_first() {
    let place = place();
    let mut first = open(&place.path);
    first.keep(b"1", 10, true).unwrap();
    first.keep(b"2", 20, false).unwrap();
    drop(first);

    let mut second = open(&place.path);
    let found = Adopted { processes: 1, batches: 2, spans: 30, ..Adopted::default() };
    assert_eq!(second.adopted(), found);
    second.keep(b"3", 30, false).unwrap();
    drop(second);

    let mut third = open(&place.path);
    third.keep(b"4", 40, false).unwrap();
    assert_eq!((third.len(), third.spans()), (4, 100));
    let drained = drain(&mut third);
    assert_eq!(batches_of(&drained), [b"1", b"2", b"3", b"4"]);
    assert!(drained[0].has_errors);
    drop(third);
    assert_eq!(tree(&place.path), Vec::<String>::new());
}

#[test]
fn two_live_spools_do_not_touch_each_other() {
    let place = place();
    let mut one = open(&place.path);
    one.keep(b"one", 1, false).unwrap();
    let mut two = open(&place.path);
    two.keep(b"two", 1, false).unwrap();

    assert_eq!(one.adopt().unwrap(), Adopted::default());
    assert_eq!(two.adopt().unwrap(), Adopted::default());
    assert_eq!(batches_of(&drain(&mut one)), [b"one"]);
    assert_eq!(batches_of(&drain(&mut two)), [b"two"]);
}

#[test]
fn a_sibling_that_dies_later_is_adopted_later_and_sorted_by_age() {
    let place = place();
    let mut ours = open(&place.path);
    let mut sibling = open(&place.path);
    sibling.keep(b"1", 1, false).unwrap();
    ours.keep(b"2", 1, false).unwrap();
    sibling.keep(b"3", 1, false).unwrap();
    ours.keep(b"4", 1, false).unwrap();
    assert_eq!(ours.len(), 2);
    drop(sibling);

    assert_eq!(ours.adopt().unwrap().batches, 2);
    assert_eq!(ours.adopt().unwrap(), Adopted::default());
    assert_eq!(ours.adopted().batches, 2);
    assert_eq!(batches_of(&drain(&mut ours)), [b"1", b"2", b"3", b"4"]);
}

/// Leaves one batch of a dead process, under a number of our choice.
fn plant(directory: &Path, batch: &[u8], number: u64) {
    let mut spool = open(directory);
    let kept = spool.keep(batch, 1, false).unwrap();
    drop(spool);
    let path = file_of(directory, kept);
    fs::rename(&path, path.with_file_name(format!("{number:020}.batch"))).unwrap();
}

#[test]
fn new_batches_come_last_even_if_the_clock_went_back() {
    let place = place();
    plant(&place.path, b"from the future", 18_000_000_000_000_000_000);
    let mut spool = open(&place.path);
    spool.keep(b"from now", 1, false).unwrap();
    assert_eq!(batches_of(&drain(&mut spool)), [b"from the future".as_slice(), b"from now"]);
}

#[test]
fn the_greatest_number_is_no_trap() {
    let place = place();
    plant(&place.path, b"planted", u64::MAX);
    let mut spool = open(&place.path);
    assert!(spool.keep(b"new", 1, false).is_err());
    assert_eq!(batches_of(&drain(&mut spool)), [b"planted"]);
    spool.keep(b"new", 1, false).unwrap();
}

#[test]
fn a_number_in_use_is_moved_up() {
    let place = place();
    let mut first = open(&place.path);
    let number = first.keep(b"first", 1, false).unwrap();
    let path = file_of(&place.path, number);
    let second_home = place.path.join(format!("process-{number}-1"));
    fs::create_dir(&second_home).unwrap();
    fs::write(second_home.join("lock"), b"").unwrap();
    fs::copy(&path, second_home.join(path.file_name().unwrap())).unwrap();

    assert_eq!(first.adopt().unwrap().batches, 1);
    assert_eq!(batches_of(&drain(&mut first)), [b"first", b"first"]);
}

#[test]
fn strangers_are_left_alone() {
    let place = place();
    let mut first = open(&place.path);
    let number = first.keep(b"batch", 1, false).unwrap();
    drop(first);
    let home = only_home(&place.path);
    fs::write(home.join("notes.txt"), b"mine").unwrap();
    fs::write(home.join("123.batch"), b"not twenty digits").unwrap();
    fs::write(place.path.join("readme"), b"mine").unwrap();
    fs::create_dir(place.path.join("process-of-mine")).unwrap();
    let directory = format!("{}.batch", number.next());
    fs::create_dir(home.join(&directory)).unwrap();

    let mut second = open(&place.path);
    assert_eq!(second.adopted().batches, 1);
    drain(&mut second);
    assert_eq!(second.taken_out(), []);
    drop(second);

    for stranger in ["notes.txt", "123.batch", &directory, "lock"] {
        assert!(home.join(stranger).exists(), "{stranger}");
    }
    assert!(place.path.join("readme").exists());
    assert!(place.path.join("process-of-mine").exists());
    assert_eq!(open(&place.path).adopted().batches, 0);
}

#[test]
fn a_directory_without_a_lock_file_is_only_removed_if_it_is_empty() {
    let place = place();
    let mut first = open(&place.path);
    first.keep(b"batch", 1, false).unwrap();
    drop(first);
    let home = only_home(&place.path);
    fs::remove_file(home.join("lock")).unwrap();
    let empty = place.path.join("process-00000000000000000001-1");
    fs::create_dir(&empty).unwrap();

    let second = open(&place.path);
    assert_eq!(second.adopted(), Adopted::default());
    assert!(!empty.exists());
    assert_eq!(count(&home, ".batch"), 1);

    fs::write(home.join("lock"), b"").unwrap();
    assert_eq!(open(&place.path).adopted().batches, 1);
}

/// What is left when a process is killed while it writes `batch`, after all its bytes or after some.
fn killed_while_writing(directory: &Path, batch: &[u8], written: Option<usize>) {
    let mut spool = open(directory);
    let number = spool.keep(batch, 1, false).unwrap();
    drop(spool);
    let path = file_of(directory, number);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..written.unwrap_or(bytes.len())]).unwrap();
    fs::rename(&path, path.with_extension("part")).unwrap();
}

#[test]
fn a_whole_part_is_adopted() {
    let place = place();
    killed_while_writing(&place.path, b"whole", None);
    let mut successor = open(&place.path);
    assert_eq!(successor.adopted().torn_writes, 0);
    assert_eq!(batches_of(&drain(&mut successor)), [b"whole"]);
}

#[test]
fn a_torn_part_is_deleted() {
    for written in 0..32 + b"torn".len() {
        let place = place();
        killed_while_writing(&place.path, b"torn", Some(written));
        let mut successor = open(&place.path);
        assert_eq!(successor.adopted().torn_writes, 1, "after {written} bytes");
        assert_eq!(successor.oldest().unwrap(), None);
        assert_eq!(successor.taken_out(), []);
        drop(successor);
        assert_eq!(tree(&place.path), Vec::<String>::new());
    }
}
