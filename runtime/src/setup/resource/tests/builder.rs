//! Which detectors run, and which source of an attribute counts.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::ResourceDetector;

use super::super::detection::{Detection, detect};
use super::super::detector_set::DetectorSet;
use super::super::found::Absent;
use super::super::merged;
use super::{nowhere, value};
use crate::setup::{BuildInfo, Builder, Detector, builder};

fn run(builder: &Builder) -> Detection {
    let mut here = nowhere(&|_| None, "/nowhere".into());
    here.arguments = vec!["orders".to_owned(), "--password=x".to_owned()];
    here.build_info = builder.detectors.build_info;
    detect(&builder.detectors, &here)
}

fn names(detection: &Detection) -> Vec<&str> {
    detection.results.iter().map(|result| result.detector.as_ref()).collect()
}

#[test]
fn detectors_are_added_and_removed() {
    let all = run(&builder());
    assert_eq!(
        names(&all),
        [
            "always",
            "host",
            "os",
            "process",
            "container",
            "kubernetes",
            "aws",
            "gcp",
            "azure",
            "service instance",
            "build"
        ]
    );
    assert!(all.attributes().all(|one| !one.key.as_str().starts_with("process.command")));
    let some = run(&builder()
        .without_detector(Detector::Os)
        .detector(Detector::ProcessCommand)
        .detector(Detector::Host));
    assert_eq!(
        names(&some),
        [
            "always",
            "host",
            "process",
            "process command",
            "container",
            "kubernetes",
            "aws",
            "gcp",
            "azure",
            "service instance",
            "build"
        ]
    );
    let attributes: Vec<KeyValue> = some.attributes().cloned().collect();
    assert_eq!(value(&attributes, "process.command").as_deref(), Some("orders"));
    assert_eq!(
        value(&attributes, "process.command_args").as_deref(),
        Some("[\"orders\",\"--password=REDACTED\"]")
    );
    assert_eq!(names(&run(&builder().detectors([]))), ["always"]);
    assert_eq!(
        names(&run(&builder().detectors([Detector::Host, Detector::Aws, Detector::Host]))),
        ["always", "host", "aws"]
    );
}

struct Rack;

impl ResourceDetector for Rack {
    fn detect(&self) -> Resource {
        let attributes = [KeyValue::new("rack", "r17"), KeyValue::new("os.type", "mine")];
        Resource::builder_empty().with_attributes(attributes).build()
    }
}

struct Empty;

impl ResourceDetector for Empty {
    fn detect(&self) -> Resource {
        Resource::builder_empty().build()
    }
}

struct Panics;

impl ResourceDetector for Panics {
    fn detect(&self) -> Resource {
        panic!("a detector that panics")
    }
}

#[test]
fn the_application_s_detectors_run_last_and_may_fail() {
    let detection =
        run(&builder().resource_detector(Panics).resource_detector(Empty).resource_detector(Rack));
    let resource = merged(&detection, Vec::new(), None, Vec::new());
    assert_eq!(value(&resource, "rack").as_deref(), Some("r17"));
    assert_eq!(value(&resource, "os.type").as_deref(), Some("mine"));
    let of =
        |name: &str| detection.results.iter().find(|result| result.detector.ends_with(name)).expect("it ran");
    assert_eq!(of("Panics").attributes, Err(Absent::Failed("it panicked".to_owned())));
    assert!(matches!(of("Empty").attributes, Err(Absent::NotHere(_))));
    assert!(of("Panics").to_string().ends_with("::Panics: failed: it panicked"), "{}", of("Panics"));
    assert_eq!(of("kubernetes").to_string(), "kubernetes: not here: KUBERNETES_SERVICE_HOST is not set");
    // Only keys.
    assert_eq!(of("os").to_string(), "os: os.type");
}

#[test]
fn configured_attributes_replace_detected_ones() {
    let detection = run(&builder().build_info(BuildInfo::new().version("1.2.3").revision("abcdef1")));
    let detected = merged(&detection, Vec::new(), None, Vec::new());
    assert_eq!(value(&detected, "service.version").as_deref(), Some("1.2.3"));
    assert_eq!(value(&detected, "vcs.ref.head.revision").as_deref(), Some("abcdef1"));
    assert_eq!(value(&detected, "service.name").as_deref(), Some("unknown_service"));

    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let from_env = vec![
        pair("service.name", "attribute"),
        pair("service.version", "env"),
        pair("service.instance.id", "mine"),
        pair("os.type", "env"),
    ];
    let only_env = merged(&detection, from_env.clone(), None, Vec::new());
    assert_eq!(value(&only_env, "service.name").as_deref(), Some("attribute"));
    assert_eq!(value(&only_env, "service.version").as_deref(), Some("env"));
    assert_eq!(value(&only_env, "service.instance.id").as_deref(), Some("mine"));
    let from_code = vec![KeyValue::new("os.type", "code")];
    let all = merged(&detection, from_env, Some("variable".to_owned()), from_code);
    assert_eq!(value(&all, "service.name").as_deref(), Some("variable"));
    assert_eq!(value(&all, "os.type").as_deref(), Some("code"));
    for attribute in &all {
        assert_eq!(all.iter().filter(|other| other.key == attribute.key).count(), 1, "{}", attribute.key);
    }
}

#[test]
fn the_revision_is_the_first_commit() {
    let info = crate::build_info!();
    assert!(format!("{info:?}").contains(env!("CARGO_PKG_VERSION")));
    let revision = |names: &[Option<&'static str>]| BuildInfo::__of(None, names);
    let commit = "9d59409acf479dfa0df1aa568182e43e43df8bbe";
    assert_eq!(
        revision(&[
            None,
            Some(""),
            Some("unknown"),
            Some("VERGEN_IDEMPOTENT_OUTPUT"),
            Some(commit),
            Some("1234567")
        ]),
        BuildInfo::new().revision(commit)
    );
    assert_eq!(revision(&[Some(" 9d59409-dirty\n")]), BuildInfo::new().revision("9d59409-dirty"));
    assert_eq!(revision(&[Some("main"), Some("123456"), Some("abcdefg")]), BuildInfo::new());
    let empty = builder().build_info(BuildInfo::new().version(""));
    let detection = run(&empty);
    let build = detection.results.last().expect("the build");
    assert_eq!(build.to_string(), "build: not here: the build information is empty");
}

#[test]
fn the_command_line_is_not_detected_by_default() {
    assert!(!format!("{:?}", DetectorSet::default()).contains("ProcessCommand"));
}
