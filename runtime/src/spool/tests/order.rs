//! First in, first out, and the totals are right.

use super::{batches_of, drain, open, place, tree};

#[test]
fn batches_come_back_in_order_and_as_they_were() {
    let place = place();
    let mut spool = open(&place.path);
    spool.keep(b"first", 3, false).unwrap();
    spool.keep(b"", 0, true).unwrap();
    spool.keep(b"third", u64::MAX, true).unwrap();

    let drained = drain(&mut spool);

    assert_eq!(batches_of(&drained), [b"first".as_slice(), b"", b"third"]);
    let described: Vec<_> = drained.iter().map(|s| (s.spans, s.has_errors)).collect();
    assert_eq!(described, [(3, false), (0, true), (u64::MAX, true)]);
    assert!(drained.is_sorted_by_key(|stored| stored.number));
    assert_eq!(spool.oldest().unwrap(), None);
}

#[test]
fn the_oldest_stays_until_it_is_acknowledged() {
    let place = place();
    let mut spool = open(&place.path);
    let number = spool.keep(b"batch", 1, false).unwrap();

    assert_eq!(spool.oldest().unwrap(), spool.oldest().unwrap());
    assert!(spool.acknowledge(number).unwrap());
    assert!(!spool.acknowledge(number).unwrap());
    assert_eq!(spool.oldest().unwrap(), None);
}

#[test]
fn totals_follow() {
    let place = place();
    let mut spool = open(&place.path);
    let first = spool.keep(&[0; 100], 5, false).unwrap();
    spool.keep(&[0; 200], 7, true).unwrap();
    assert_eq!((spool.len(), spool.bytes(), spool.spans()), (2, 32 + 100 + 32 + 200, 12));

    spool.acknowledge(first).unwrap();
    assert_eq!((spool.len(), spool.bytes(), spool.spans()), (1, 32 + 200, 7));

    drain(&mut spool);
    assert!(spool.is_empty());
    assert_eq!((spool.bytes(), spool.spans()), (0, 0));
}

#[test]
fn an_empty_spool_leaves_nothing_behind() {
    let place = place();
    let mut spool = open(&place.path);
    spool.keep(b"batch", 1, false).unwrap();
    drain(&mut spool);
    drop(spool);
    assert_eq!(tree(&place.path), Vec::<String>::new());
}

#[test]
fn memory_does_not_hold_the_batches() {
    let place = place();
    let mut spool = open(&place.path);
    let large = vec![7; 4 << 20];
    for _ in 0..4 {
        spool.keep(&large, 1, false).unwrap();
    }
    assert_eq!(super::count(&place.path, ".batch"), 4);
    assert_eq!(spool.oldest().unwrap().unwrap().bytes, large);
}
