//! Which detectors run.

use std::fmt;

use opentelemetry_sdk::resource::ResourceDetector;

use super::build_info::BuildInfo;
use super::detector::Detector;

/// The detectors that run, and what the code gives them.
pub(in crate::setup) struct DetectorSet {
    enabled: Vec<Detector>,
    /// The detectors of the application, with the names of their types.
    pub(in crate::setup) application: Vec<(&'static str, Box<dyn ResourceDetector>)>,
    pub(in crate::setup) build_info: Option<BuildInfo>,
}

impl Default for DetectorSet {
    fn default() -> Self {
        let enabled = Detector::all().filter(|detector| detector.is_default()).collect();
        Self { enabled, application: Vec::new(), build_info: None }
    }
}

impl fmt::Debug for DetectorSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetectorSet").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

impl DetectorSet {
    pub(in crate::setup) fn set(&mut self, detectors: Vec<Detector>) {
        self.enabled = detectors;
    }

    pub(in crate::setup) fn add(&mut self, detector: Detector) {
        self.enabled.push(detector);
    }

    pub(in crate::setup) fn remove(&mut self, detector: Detector) {
        self.enabled.retain(|enabled| *enabled != detector);
    }

    /// The enabled detectors, each once, in the order in which detectors run.
    pub(super) fn built_in(&self) -> impl Iterator<Item = Detector> {
        Detector::all().filter(|detector| self.enabled.contains(detector))
    }
}
