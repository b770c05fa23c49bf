//! Arbitrary sequences of operations, compared with a list in memory.

use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{Place, ROOMY, file_of, place};
use crate::spool::{BatchNumber, DroppedBatch, KeepError, Spool, TakenOut, TakenOutReason};

const BOUND: u64 = 2_000;

#[derive(Debug, Clone)]
struct Batch {
    bytes: Vec<u8>,
    spans: u64,
    has_errors: bool,
}

#[derive(Debug, Clone)]
enum Operation {
    Keep(Batch),
    /// A sibling keeps these, dies, and is adopted by us.
    Adopt(Vec<Batch>),
    SendOldest,
    QuarantineOldest,
    DropOne,
    Restart,
    Harm(Index, Harm),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Harm {
    Delete,
    DamageHeader,
    DamageBatch,
}

fn batch() -> impl Strategy<Value = Batch> {
    (vec(any::<u8>(), 1..300), 0..50_u64, any::<bool>()).prop_map(|(bytes, spans, has_errors)| Batch {
        bytes,
        spans,
        has_errors,
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    let harm = prop_oneof![Just(Harm::Delete), Just(Harm::DamageHeader), Just(Harm::DamageBatch)];
    prop_oneof![
        8 => batch().prop_map(Operation::Keep),
        1 => vec(batch(), 0..3).prop_map(Operation::Adopt),
        3 => Just(Operation::SendOldest),
        1 => Just(Operation::QuarantineOldest),
        1 => Just(Operation::DropOne),
        1 => Just(Operation::Restart),
        2 => (any::<Index>(), harm).prop_map(|(index, harm)| Operation::Harm(index, harm)),
    ]
}

/// What the list remembers of a batch.
#[derive(Debug, Clone)]
struct Known {
    number: BatchNumber,
    batch: Batch,
    harm: Option<Harm>,
}

impl Known {
    fn size(&self) -> u64 {
        32 + self.batch.bytes.len() as u64
    }

    /// How the spool should report it once it has found the harm.
    fn taken_out(&self, header_is_known: bool) -> TakenOut {
        TakenOut {
            number: self.number,
            spans: header_is_known.then_some(self.batch.spans),
            reason: match self.harm {
                Some(Harm::Delete) => TakenOutReason::Missing,
                _ => TakenOutReason::Corrupt,
            },
        }
    }
}

/// The spool and the list that should agree with it.
struct Pair {
    place: Place,
    spool: Spool,
    list: Vec<Known>,
    taken_out: Vec<TakenOut>,
}

impl Pair {
    fn new() -> Self {
        let place = place();
        Self {
            spool: Spool::open(&place.path, BOUND).unwrap(),
            place,
            list: Vec::new(),
            taken_out: Vec::new(),
        }
    }

    fn remember(&mut self, number: BatchNumber, batch: Batch) {
        self.list.push(Known { number, batch, harm: None });
    }

    fn bytes(&self) -> u64 {
        self.list.iter().map(Known::size).sum()
    }

    fn keep(&mut self, batch: Batch) {
        let size = 32 + batch.bytes.len() as u64;
        match self.spool.keep(&batch.bytes, batch.spans, batch.has_errors) {
            Ok(number) => {
                assert!(self.bytes() + size <= BOUND);
                self.remember(number, batch);
            }
            Err(KeepError::Full) => assert!(self.bytes() + size > BOUND),
            Err(error) => panic!("{error}"),
        }
    }

    fn adopt(&mut self, batches: Vec<Batch>) {
        let mut sibling = Spool::open(&self.place.path, ROOMY).unwrap();
        let count = batches.len() as u64;
        for batch in batches {
            let kept = sibling.keep(&batch.bytes, batch.spans, batch.has_errors);
            self.remember(kept.unwrap(), batch);
        }
        drop(sibling);
        assert_eq!(self.spool.adopt().unwrap().batches, count);
    }

    /// What should be the oldest, once the harmed ones before it have been found.
    fn oldest(&mut self) -> Option<Known> {
        let harmed = self.list.iter().take_while(|known| known.harm.is_some());
        let harmed = harmed.count();
        let found = self.list.drain(..harmed);
        self.taken_out.extend(found.map(|known| known.taken_out(true)));
        self.list.first().cloned()
    }

    fn take_oldest(&mut self, take: impl Fn(&mut Spool, BatchNumber) -> bool) {
        let expected = self.oldest();
        let stored = self.spool.oldest().unwrap();
        assert_eq!(stored.is_some(), expected.is_some());
        if let (Some(stored), Some(known)) = (stored, expected) {
            assert_eq!(stored.number, known.number);
            assert_eq!(stored.bytes, known.batch.bytes);
            assert_eq!(stored.spans, known.batch.spans);
            assert_eq!(stored.has_errors, known.batch.has_errors);
            assert!(take(&mut self.spool, known.number));
            self.list.remove(0);
        }
    }

    fn drop_one(&mut self) {
        let plain = self.list.iter().rposition(|known| !known.batch.has_errors);
        let least_wanted = plain.or(self.list.len().checked_sub(1));
        let expected = least_wanted.map(|position| {
            let known = self.list.remove(position);
            DroppedBatch {
                number: known.number,
                spans: known.batch.spans,
                has_errors: known.batch.has_errors,
                bytes: known.size(),
            }
        });
        assert_eq!(self.spool.drop_one(), expected);
    }

    fn restart(&mut self) {
        // Two live spools for a moment, so ours must adopt after the old one is gone.
        let successor = Spool::open(&self.place.path, BOUND).unwrap();
        self.check();
        drop(std::mem::replace(&mut self.spool, successor));
        self.spool.adopt().unwrap();
        for known in std::mem::take(&mut self.list) {
            match known.harm {
                Some(Harm::Delete) => {}
                Some(Harm::DamageHeader) => self.taken_out.push(known.taken_out(false)),
                _ => self.list.push(known),
            }
        }
    }

    fn harm(&mut self, index: Index, harm: Harm) {
        if self.list.is_empty() {
            return;
        }
        let position = index.index(self.list.len());
        let known = &mut self.list[position];
        if known.harm.is_some() {
            return;
        }
        let path = file_of(&self.place.path, known.number);
        let mut bytes = fs::read(&path).unwrap();
        match harm {
            Harm::Delete => fs::remove_file(&path).unwrap(),
            Harm::DamageHeader => bytes[index.index(32)] ^= 1,
            Harm::DamageBatch => bytes[32 + index.index(known.batch.bytes.len())] ^= 1,
        }
        if harm != Harm::Delete {
            fs::write(&path, bytes).unwrap();
        }
        known.harm = Some(harm);
    }

    fn check(&mut self) {
        assert_eq!(self.spool.len(), self.list.len());
        assert_eq!(self.spool.bytes(), self.bytes());
        let spans: u64 = self.list.iter().map(|known| known.batch.spans).sum();
        assert_eq!(self.spool.spans(), spans);
        assert_eq!(self.spool.taken_out(), std::mem::take(&mut self.taken_out));
    }

    fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Keep(batch) => self.keep(batch),
            Operation::Adopt(batches) => self.adopt(batches),
            Operation::SendOldest => self.take_oldest(|s, n| s.acknowledge(n).unwrap()),
            Operation::QuarantineOldest => self.take_oldest(|s, n| s.quarantine(n).unwrap()),
            Operation::DropOne => self.drop_one(),
            Operation::Restart => self.restart(),
            Operation::Harm(index, harm) => self.harm(index, harm),
        }
        self.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_spool_agrees_with_a_list(operations in vec(operation(), 1..40)) {
        let mut pair = Pair::new();
        for operation in operations {
            pair.run(operation);
        }
        while !pair.list.is_empty() {
            pair.run(Operation::SendOldest);
        }
    }
}
