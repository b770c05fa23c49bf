//! Every case: the detectors find all expected attributes and no others.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::detection::detect;
use super::super::detector_set::DetectorSet;
use super::{fixtures, nowhere};

/// Attributes that are the same in every case. The cases test what is read from files.
const SAME_EVERYWHERE: [&str; 12] = [
    "service.name",
    "service.instance.id",
    "telemetry.sdk.name",
    "telemetry.sdk.language",
    "telemetry.sdk.version",
    "host.name",
    "host.arch",
    "os.type",
    "process.pid",
    "process.runtime.name",
    "process.runtime.version",
    "process.runtime.description",
];

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The lines `key = value` of a file.
fn pairs<'a>(text: &'a str, separator: &str) -> BTreeMap<&'a str, &'a str> {
    text.lines().map(|line| line.split_once(separator).expect("two parts")).collect()
}

pub(super) fn found(case: &Path) -> BTreeMap<String, String> {
    let variables = text(&case.join("variables"));
    let variables = pairs(&variables, "=");
    let lookup = |name: &str| variables.get(name).map(ToString::to_string);
    let mut here = nowhere(&lookup, case.join("root"));
    here.host_name = Some(text(&case.join("host-name")).trim().to_owned());
    let detection = detect(&DetectorSet::default(), &here);
    detection.attributes().map(|one| (one.key.to_string(), one.value.to_string())).collect()
}

#[test]
fn each_case_has_the_expected_attributes() {
    let mut cases = 0;
    for case in std::fs::read_dir(fixtures()).expect("the cases") {
        let case = case.expect("a case").path();
        assert!(text(&case.join("ORIGIN.md")).len() > 40, "{}: what is its source?", case.display());
        let mut found = found(&case);
        for key in SAME_EVERYWHERE {
            found.remove(key);
        }
        let expected = text(&case.join("expected"));
        let found: BTreeMap<&str, &str> =
            found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, pairs(&expected, " = "), "{}", case.display());
        cases += 1;
    }
    assert!(cases > 30, "the cases are there");
}
