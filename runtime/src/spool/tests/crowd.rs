//! Many spools on one directory at once: every batch ends up in exactly one of them.

use std::collections::BTreeSet;
use std::thread;

use super::{count, drain, open, place, tree};

#[test]
fn successors_that_start_together_share_the_batches_out() {
    let place = place();
    let mut kept = BTreeSet::new();
    let dead: Vec<_> = (0..6)
        .map(|_| {
            let mut spool = open(&place.path);
            kept.extend((0..20).map(|_| spool.keep(b"batch", 1, false).unwrap()));
            spool
        })
        .collect();
    drop(dead);
    assert_eq!(kept.len(), 120);

    let successors: Vec<_> = thread::scope(|scope| {
        let starting: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&place.path))).collect();
        starting.into_iter().map(|successor| successor.join().unwrap()).collect()
    });

    let mut found = Vec::new();
    for mut successor in successors {
        assert_eq!(successor.adopted().left_behind, 0);
        found.extend(drain(&mut successor).iter().map(|stored| stored.number));
        assert_eq!(successor.taken_out(), []);
    }
    found.sort();
    assert_eq!(found, Vec::from_iter(kept));
    assert_eq!(tree(&place.path), Vec::<String>::new());
}

#[test]
fn coming_and_going_loses_nothing() {
    const ROUNDS: usize = 150;
    let place = place();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    let mut spool = open(&place.path);
                    spool.adopt().unwrap();
                    if round % 3 == 0 {
                        spool.keep(b"batch", 1, false).unwrap();
                    }
                    assert_eq!(spool.taken_out(), []);
                }
            });
        }
    });

    let mut last = open(&place.path);
    assert_eq!(drain(&mut last).len(), 4 * ROUNDS / 3);
    drop(last);
    assert_eq!(count(&place.path, ""), 0);
}
