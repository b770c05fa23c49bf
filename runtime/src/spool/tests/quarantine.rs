//! The quarantine keeps what it is given, within its bound.

use std::fs;

use super::{count, open, place, tree};

#[test]
fn a_refused_batch_is_moved_and_not_sent_again() {
    let place = place();
    let mut spool = open(&place.path);
    let poison = spool.keep(b"poison", 1, false).unwrap();
    let sound = spool.keep(b"sound", 1, false).unwrap();

    assert!(spool.quarantine(poison).unwrap());
    assert!(!spool.quarantine(poison).unwrap());

    assert_eq!(spool.len(), 1);
    assert_eq!(spool.oldest().unwrap().unwrap().number, sound);
    let held = tree(&place.path.join("quarantine"));
    assert_eq!(held.len(), 1);
    assert!(held[0].ends_with(&format!("-{poison}.batch")));
    assert_eq!(spool.taken_out(), []);
}

#[test]
fn it_holds_64_files_and_the_oldest_go() {
    let place = place();
    let mut spool = open(&place.path);
    let stranger = place.path.join("quarantine").join("notes");
    let numbers: Vec<_> = (0..70).map(|_| spool.keep(b"poison", 1, false).unwrap()).collect();
    spool.quarantine(numbers[0]).unwrap();
    fs::write(&stranger, b"mine").unwrap();
    for number in &numbers[1..] {
        assert!(spool.quarantine(*number).unwrap());
    }

    let quarantine = place.path.join("quarantine");
    assert_eq!(count(&quarantine, ".batch"), 64);
    for (index, number) in numbers.iter().enumerate() {
        let held = count(&quarantine, &format!("-{number}.batch")) == 1;
        assert_eq!(held, index >= 6, "{index}");
    }
    assert!(stranger.exists());
}

#[test]
fn it_holds_16_mebibytes() {
    let place = place();
    let mut spool = open(&place.path);
    let large = vec![0; 5 << 20];
    for _ in 0..5 {
        let number = spool.keep(&large, 1, false).unwrap();
        spool.quarantine(number).unwrap();
    }
    assert_eq!(count(&place.path, ".batch"), 3);

    let number = spool.keep(&vec![0; 17 << 20], 1, false).unwrap();
    spool.quarantine(number).unwrap();
    assert_eq!(count(&place.path, ".batch"), 0);
}

#[test]
fn without_a_quarantine_the_queue_moves_on() {
    let place = place();
    let mut spool = open(&place.path);
    fs::write(place.path.join("quarantine"), b"in the way").unwrap();
    let poison = spool.keep(b"poison", 1, false).unwrap();
    spool.keep(b"sound", 1, false).unwrap();

    assert!(spool.quarantine(poison).is_err());
    assert_eq!(spool.oldest().unwrap().unwrap().bytes, b"sound");
    assert_eq!(spool.len(), 1);
}

#[cfg(unix)]
#[test]
fn it_is_not_reached_through_a_link() {
    let place = place();
    let mut spool = open(&place.path);
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), place.path.join("quarantine")).unwrap();
    let poison = spool.keep(b"poison", 1, false).unwrap();

    assert!(spool.quarantine(poison).is_err());
    assert_eq!(tree(elsewhere.path()), Vec::<String>::new());
}
