//! Whatever happens to the files, wrong bytes never come back, and the queue moves on.

use std::fs;
use std::path::Path;

use super::{ROOMY, batches_of, count, drain, file_of, only_home, open, place};
use crate::spool::{Spool, TakenOut, TakenOutReason};

const HEADER_SIZE: usize = 32;

/// Changes a segment with `damage`, once under a live spool and once between two processes, and
/// checks that its spans are reported lost and that the batch behind it still comes.
fn is_recognized(damage: impl Fn(&mut Vec<u8>), header_is_sound: bool) {
    for restart in [false, true] {
        let place = place();
        let mut spool = open(&place.path);
        let number = spool.keep(b"damaged", 7, true).unwrap();
        spool.keep(b"sound", 1, false).unwrap();

        let path = file_of(&place.path, number);
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
        if restart {
            drop(spool);
            spool = open(&place.path);
        }

        assert_eq!(batches_of(&drain(&mut spool)), [b"sound"]);
        let spans = (header_is_sound || !restart).then_some(7);
        let lost = TakenOut { number, spans, reason: TakenOutReason::Corrupt };
        assert_eq!(spool.taken_out(), [lost]);
        assert_eq!(spool.taken_out(), []);
        assert_eq!((spool.len(), spool.bytes(), spool.spans()), (0, 0, 0));
        assert_eq!(count(&place.path.join("quarantine"), ".batch"), 1);
    }
}

#[test]
fn every_flipped_byte() {
    for index in 0..HEADER_SIZE + b"damaged".len() {
        for mask in [0x01, 0x80, 0xFF] {
            is_recognized(|bytes| bytes[index] ^= mask, index >= HEADER_SIZE);
        }
    }
}

#[test]
fn every_length_it_can_be_cut_to() {
    for length in 0..HEADER_SIZE + b"damaged".len() {
        is_recognized(|bytes| bytes.truncate(length), length >= HEADER_SIZE);
    }
}

#[test]
fn bytes_that_were_added() {
    is_recognized(|bytes| bytes.push(0), true);
}

#[test]
fn zeros_as_after_a_power_cut() {
    is_recognized(|bytes| bytes.fill(0), false);
}

/// A sound segment under a number that belongs to another one.
#[test]
fn an_exchanged_file() {
    let place = place();
    let mut spool = open(&place.path);
    let first = spool.keep(b"first", 1, false).unwrap();
    let second = spool.keep(b"other", 1, false).unwrap();
    fs::copy(file_of(&place.path, second), file_of(&place.path, first)).unwrap();

    assert_eq!(batches_of(&drain(&mut spool)), [b"other"]);
    assert_eq!(spool.taken_out()[0].number, first);
}

/// Keeps three batches, lets `harm` have the file of the first, and returns what is reported.
fn after(harm: impl Fn(&Path)) -> Vec<TakenOut> {
    let place = place();
    let mut spool = open(&place.path);
    let number = spool.keep(b"harmed", 7, false).unwrap();
    spool.keep(b"sound", 1, false).unwrap();
    harm(&file_of(&place.path, number));

    assert_eq!(spool.oldest().unwrap().unwrap().bytes, b"sound");
    assert_eq!((spool.len(), spool.spans()), (1, 1));
    spool.keep(b"new", 1, false).unwrap();
    assert_eq!(batches_of(&drain(&mut spool)), [b"sound".as_slice(), b"new"]);
    let taken_out = spool.taken_out();
    assert_eq!(taken_out[0].number, number);
    assert_eq!(taken_out[0].spans, Some(7));
    taken_out
}

#[test]
fn a_deleted_file() {
    let taken_out = after(|path| fs::remove_file(path).unwrap());
    assert_eq!(taken_out[0].reason, TakenOutReason::Missing);
}

#[test]
fn a_directory_in_its_place() {
    let taken_out = after(|path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    });
    assert_eq!(taken_out[0].reason, TakenOutReason::Missing);
}

#[cfg(unix)]
#[test]
fn a_link_in_its_place() {
    let taken_out = after(|path| {
        let moved = path.with_extension("moved");
        fs::rename(path, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, path).unwrap();
    });
    assert_eq!(taken_out[0].reason, TakenOutReason::Missing);
}

/// Opening a pipe for reading would wait forever.
#[cfg(unix)]
#[test]
fn a_pipe_in_its_place() {
    let taken_out = after(|path| {
        fs::remove_file(path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    });
    assert_eq!(taken_out[0].reason, TakenOutReason::Missing);
}

#[test]
fn acknowledging_or_dropping_what_is_no_longer_there() {
    let place = place();
    let mut spool = open(&place.path);
    let deleted = spool.keep(b"1", 1, false).unwrap();
    let replaced = spool.keep(b"2", 1, false).unwrap();
    let moved = spool.keep(b"3", 1, false).unwrap();
    let dropped = spool.keep(b"4", 1, false).unwrap();
    for number in [deleted, replaced, moved, dropped] {
        fs::remove_file(file_of(&place.path, number)).unwrap();
    }
    let home = only_home(&place.path);
    fs::create_dir(home.join(format!("{replaced}.batch"))).unwrap();

    assert_eq!(spool.drop_one().unwrap().number, dropped);
    assert!(spool.acknowledge(deleted).unwrap());
    assert!(spool.acknowledge(replaced).is_err());
    assert!(spool.quarantine(moved).is_err());
    assert!(spool.is_empty());
}

#[test]
fn our_directory_deleted_underneath_us() {
    let place = place();
    let mut spool = open(&place.path);
    spool.keep(b"lost", 3, false).unwrap();
    spool.keep(b"lost too", 4, false).unwrap();
    for below in [only_home(&place.path), place.path.clone()] {
        fs::remove_dir_all(below).unwrap();
        spool.keep(b"new", 1, false).unwrap();
    }

    assert_eq!(batches_of(&drain(&mut spool)), [b"new"]);
    let lost: Vec<_> = spool.taken_out().iter().map(|out| out.spans).collect();
    assert_eq!(lost, [Some(3), Some(4), Some(1)]);
    drop(spool);
    assert_eq!(count(&place.path, ""), 0);
}

#[test]
fn our_directory_replaced_by_a_file() {
    let place = place();
    let mut spool = open(&place.path);
    spool.keep(b"lost", 3, false).unwrap();
    let home = only_home(&place.path);
    fs::remove_dir_all(&home).unwrap();
    fs::write(&home, b"").unwrap();

    spool.keep(b"new", 1, false).unwrap();
    assert_eq!(batches_of(&drain(&mut spool)), [b"new"]);
    assert_eq!(spool.taken_out()[0].reason, TakenOutReason::Missing);
}

#[test]
fn the_users_directory_replaced_by_a_file() {
    let place = place();
    let mut spool = open(&place.path);
    spool.keep(b"lost", 3, false).unwrap();
    fs::remove_dir_all(&place.path).unwrap();
    fs::write(&place.path, b"").unwrap();

    let refused = spool.keep(b"new", 1, false).unwrap_err();
    assert!(refused.to_string().contains("is something else"), "{refused}");
    assert!(spool.adopt().is_err());
    assert_eq!(spool.oldest().unwrap(), None);
    assert_eq!(spool.taken_out().len(), 1);
    assert!(Spool::open(&place.path, ROOMY).is_err());
}
