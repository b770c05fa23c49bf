//! The table of `resource.md`: every key that a detector can give is in it, and every key in it comes from a detector.

use std::collections::BTreeSet;

use super::super::choice::Choice;
use super::super::detector::detect;
use super::super::surroundings::Surroundings;
use super::{cases, fixtures};
use crate::{BuildInfo, Detector};

/// Every key that comes out somewhere: in all cases, and on this machine with everything asked for.
fn given() -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = std::fs::read_dir(fixtures())
        .expect("the cases")
        .flat_map(|case| cases::found(&case.expect("a case").path()).into_keys())
        .collect();
    let builder = crate::builder().detector(Detector::ProcessCommand);
    let mut here = Surroundings::here(&|_| None, Some(BuildInfo::new().version("1").revision("2")));
    here.parent_pid = Some(1);
    let choice: &Choice = &builder.detection;
    keys.extend(detect(choice, &here).attributes().map(|one| one.key.to_string()));
    keys
}

#[test]
fn the_table_has_every_key_and_no_other() {
    let table = include_str!("../../../../docs/resource.md");
    let keys = |line: &str| -> Vec<String> {
        let first = line.trim_start_matches('|').split(" | ").next().unwrap_or_default();
        first.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
    };
    let told: BTreeSet<String> =
        table.lines().filter(|line| line.starts_with("| `")).flat_map(keys).collect();
    assert_eq!(told, given());
    for detector in Detector::ALL {
        assert!(table.contains(&format!("Detector::{detector:?}")), "{detector:?}");
    }
}
