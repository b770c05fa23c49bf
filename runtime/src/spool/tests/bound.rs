//! The bound, and what goes when it is reached.

use super::{ROOMY, batches_of, count, drain, place};
use crate::spool::{KeepError, Spool};

/// What a batch of ten bytes takes up.
const TEN: u64 = 32 + 10;

#[test]
fn a_full_spool_says_so_and_keeps_what_it_has() {
    let place = place();
    let mut spool = Spool::open(&place.path, 2 * TEN).unwrap();
    spool.keep(b"0123456789", 1, false).unwrap();
    let second = spool.keep(b"0123456789", 1, false).unwrap();

    assert!(matches!(spool.keep(b"", 1, false), Err(KeepError::Full)));
    assert_eq!((spool.len(), spool.bytes()), (2, 2 * TEN));
    assert_eq!(count(&place.path, ".part"), 0);

    spool.acknowledge(second).unwrap();
    spool.keep(b"9876543210", 1, false).unwrap();
}

#[test]
fn a_batch_that_can_never_fit_is_not_reported_as_full() {
    let place = place();
    let mut spool = Spool::open(&place.path, TEN).unwrap();
    let refused = spool.keep(b"0123456789A", 1, false);
    assert!(matches!(refused, Err(KeepError::TooLarge { size: 43, limit: TEN })));

    let mut roomy = Spool::open(&place.path, ROOMY).unwrap();
    let enormous = vec![0; (64 << 20) + 1];
    let refused = roomy.keep(&enormous, 1, false);
    assert!(matches!(refused, Err(KeepError::TooLarge { .. })));
    roomy.keep(&enormous[1..], 1, false).unwrap();
    assert_eq!(drain(&mut roomy)[0].bytes.len(), 64 << 20);
}

#[test]
fn batches_without_errors_go_first_and_the_newest_of_them_first() {
    let place = place();
    let mut spool = super::open(&place.path);
    spool.keep(b"plain 1", 1, false).unwrap();
    spool.keep(b"error 2", 2, true).unwrap();
    spool.keep(b"plain 3", 3, false).unwrap();
    spool.keep(b"error 4", 4, true).unwrap();
    spool.keep(b"plain 5", 5, false).unwrap();

    let mut dropped = Vec::new();
    while let Some(one) = spool.drop_one() {
        assert_eq!(one.bytes, 32 + 7);
        dropped.push((one.spans, one.has_errors));
    }

    let expected = [(5, false), (3, false), (1, false), (4, true), (2, true)];
    assert_eq!(dropped, expected);
    assert_eq!(count(&place.path, ".batch"), 0);
    assert!(spool.is_empty());
}

#[test]
fn dropping_makes_room() {
    let place = place();
    let mut spool = Spool::open(&place.path, 2 * TEN).unwrap();
    spool.keep(b"an error..", 1, true).unwrap();
    spool.keep(b"nothing...", 1, false).unwrap();
    while let Err(KeepError::Full) = spool.keep(b"new error.", 1, true) {
        spool.drop_one().unwrap();
    }
    assert_eq!(batches_of(&drain(&mut spool)), [b"an error..", b"new error."]);
}

#[test]
fn adopted_batches_may_exceed_the_bound() {
    let place = place();
    let mut predecessor = super::open(&place.path);
    for _ in 0..3 {
        predecessor.keep(b"0123456789", 1, false).unwrap();
    }
    drop(predecessor);

    let mut spool = Spool::open(&place.path, TEN).unwrap();
    assert_eq!(spool.bytes(), 3 * TEN);
    assert!(matches!(spool.keep(b"new", 1, false), Err(KeepError::Full)));
    assert_eq!(drain(&mut spool).len(), 3);
    spool.keep(b"new", 1, false).unwrap();
}
