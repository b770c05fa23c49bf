//! The tables of `resource.md` have every key that a detector can find, and no others.

use std::collections::BTreeSet;

use super::super::detection::detect;
use super::super::detector_set::DetectorSet;
use super::super::host_view::HostView;
use super::{cases, fixtures};
use crate::setup::{BuildInfo, Detector};

/// Every key that a detector finds: in all cases, and on this host with all detectors.
fn found_keys() -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = std::fs::read_dir(fixtures())
        .expect("the cases")
        .flat_map(|case| cases::found(&case.expect("a case").path()).into_keys())
        .collect();
    let builder = crate::builder().detector(Detector::ProcessCommand);
    let mut here = HostView::of_this_process(&|_| None, Some(BuildInfo::new().version("1").revision("2")));
    here.parent_pid = Some(1);
    let detectors: &DetectorSet = &builder.detectors;
    keys.extend(detect(detectors, &here).attributes().map(|one| one.key.to_string()));
    keys
}

#[test]
fn the_tables_have_every_key_and_no_other() {
    let table = include_str!("../../../../docs/resource.md");
    let keys = |line: &str| -> Vec<String> {
        let first = line.trim_start_matches('|').split(" | ").next().unwrap_or_default();
        first.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
    };
    let documented: BTreeSet<String> =
        table.lines().filter(|line| line.starts_with("| `")).flat_map(keys).collect();
    assert_eq!(documented, found_keys());
    for detector in Detector::all() {
        assert!(table.contains(&format!("Detector::{detector:?}")), "{detector:?}");
    }
}
