//! The promise the spool is made for: what was kept survives SIGKILL.
//!
//! The parent starts this test binary as a child that keeps one batch after the other and says so.
//! At some random moment the parent kills it, opens the spool, and looks for everything the child
//! said. What is found stays for the next round, whose child therefore begins by adopting it; so
//! some children are killed while they adopt.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{alone, drain, open, place, tree};
use crate::spool::BatchNumber;

/// Odd, so that the last round looks for everything.
const ROUNDS: u64 = 41;

/// A batch that can be made again from its seed: up to 128 KiB of arithmetic noise.
fn batch(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let length = (state >> 40) % (128 << 10);
    let noise = (0..length).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    });
    noise.collect()
}

#[test]
#[ignore = "run by what_was_kept_survives_a_kill"]
fn keeps_until_killed() {
    let Some(directory) = std::env::var_os("SPOOL_DIRECTORY").map(PathBuf::from) else {
        return;
    };
    let first = std::env::var("SPOOL_SEED").unwrap().parse().unwrap();
    let mut spool = open(&directory);
    for seed in first.. {
        let number = spool.keep(&batch(seed), seed, seed % 2 == 0).unwrap();
        println!("\nkept {number} {seed} .");
    }
}

/// Runs a child, kills it, and returns what it said it had kept.
fn run_and_kill(directory: &Path, first_seed: u64, adopts: bool) -> BTreeMap<BatchNumber, u64> {
    let random = RandomState::new().hash_one(first_seed);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(alone(module_path!(), "keeps_until_killed"))
        .env("SPOOL_DIRECTORY", directory)
        .env("SPOOL_SEED", first_seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = BTreeMap::new();
    let mut note = |line: std::io::Result<String>| {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        if let ["kept", number, seed, "."] = words[..] {
            said.insert(BatchNumber::parse(number).unwrap(), seed.parse().unwrap());
        }
    };

    // Some lines, then some moments. A child that adopts is killed soon after the two lines that
    // the test harness says first, to hit it while it does; others when they have kept a few.
    let (patience, moments) =
        if adopts { (2, (random >> 32) % 50_000) } else { (random % 60, (random >> 32) % 500_000) };
    let patience = usize::try_from(patience).unwrap();
    lines.by_ref().take(patience).for_each(&mut note);
    for _ in 0..moments {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lines.for_each(&mut note);
    said
}

#[test]
fn what_was_kept_survives_a_kill() {
    let place = place();
    let mut expected = BTreeMap::new();
    let mut unannounced = 0;
    let mut torn_writes = 0;
    let mut killed_early = 0;
    for round in 0..ROUNDS {
        let leave = round % 2 == 1;
        expected.extend(run_and_kill(&place.path, round << 32, !leave));

        let mut spool = open(&place.path);
        torn_writes += spool.adopted().torn_writes;
        killed_early += u64::from(spool.adopted().processes > 1);
        assert_eq!(spool.adopted().left_behind, 0);
        if leave {
            continue; // For the next child to adopt.
        }
        let found: BTreeMap<_, _> = drain(&mut spool)
            .into_iter()
            .map(|stored| {
                assert_eq!(stored.bytes, batch(stored.spans));
                assert_eq!(stored.has_errors, stored.spans % 2 == 0);
                (stored.number, stored.spans)
            })
            .collect();
        assert_eq!(spool.taken_out(), []);
        for (number, seed) in &expected {
            assert_eq!(found.get(number), Some(seed), "round {round}");
        }
        unannounced += found.len() - expected.len();
        expected.clear();
    }
    assert_eq!(tree(&place.path), Vec::<String>::new());
    println!(
        "{ROUNDS} kills: {torn_writes} torn writes, {unannounced} kept but not announced, \
         {killed_early} before the child had adopted everything"
    );
}
