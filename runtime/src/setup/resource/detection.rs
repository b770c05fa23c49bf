//! Runs the detectors.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::KeyValue;

use super::detector_set::DetectorSet;
use super::detectors::service;
use super::found::Absent;
use super::host_view::HostView;

/// The name of the detector whose attributes every resource has.
pub(in crate::setup) const ALWAYS: &str = "always";

/// What one detector has found.
#[derive(Clone, Debug)]
pub(in crate::setup) struct DetectorResult {
    /// Its name; for a detector of the application, the name of its type.
    pub(in crate::setup) detector: Cow<'static, str>,
    pub(in crate::setup) attributes: Result<Vec<KeyValue>, Absent>,
}

impl fmt::Display for DetectorResult {
    /// Without the values: only the collector gets those.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.detector)?;
        match &self.attributes {
            Err(absent) => write!(f, "{absent}"),
            Ok(attributes) => {
                let keys: Vec<&str> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
                f.write_str(&keys.join(", "))
            }
        }
    }
}

/// What all detectors have found, in the order in which they ran.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Detection {
    pub(in crate::setup) results: Vec<DetectorResult>,
}

impl Detection {
    /// All attributes. Of those with the same key, the last one counts.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
        self.results.iter().filter_map(|result| result.attributes.as_ref().ok()).flatten()
    }

    /// The detector whose value for this key counts.
    pub(in crate::setup) fn detector_of(&self, key: &str) -> Option<&str> {
        let has_key =
            |attributes: &Vec<KeyValue>| attributes.iter().any(|attribute| attribute.key.as_str() == key);
        let mut results = self.results.iter().rev();
        let result = results.find(|result| result.attributes.as_ref().is_ok_and(has_key))?;
        Some(&result.detector)
    }
}

/// Runs the detectors of a set.
pub(in crate::setup) fn detect(detectors: &DetectorSet, here: &HostView<'_>) -> Detection {
    let always = DetectorResult { detector: ALWAYS.into(), attributes: Ok(service::detect_defaults(here).0) };
    let built_in = detectors.built_in().map(|detector| DetectorResult {
        detector: detector.name().into(),
        attributes: detector.run(here).map(|found| found.0),
    });
    let application = detectors.application.iter().map(|(name, detector)| {
        // Unwind safety does not matter: the detector does not run again.
        let attributes = match catch_unwind(AssertUnwindSafe(|| detector.detect())) {
            Ok(resource) if resource.is_empty() => Err(Absent::NotHere("it found nothing".into())),
            Ok(resource) => {
                Ok(resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect())
            }
            Err(_) => Err(Absent::Failed("it panicked".to_owned())),
        };
        DetectorResult { detector: Cow::Borrowed(*name), attributes }
    });
    Detection { results: std::iter::once(always).chain(built_in).chain(application).collect() }
}
