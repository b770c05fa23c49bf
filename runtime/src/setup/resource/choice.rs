//! Which detectors are wanted: what the builder is told.

use std::fmt;

use opentelemetry_sdk::resource::ResourceDetector;

use super::build::BuildInfo;
use super::detector::Detector;
use crate::setup::builder::Builder;

/// The detectors that are wanted, and what they are told.
pub(in crate::setup) struct Choice {
    wanted: Vec<Detector>,
    /// The application's, with the names of their types.
    pub(super) own: Vec<(&'static str, Box<dyn ResourceDetector>)>,
    pub(in crate::setup) build: Option<BuildInfo>,
}

impl Default for Choice {
    fn default() -> Self {
        let wanted = Detector::ALL.into_iter().filter(|detector| detector.is_default()).collect();
        Self { wanted, own: Vec::new(), build: None }
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl Choice {
    /// Those that are wanted, each once, in their own order, not in that in which they were named.
    pub(super) fn built_in(&self) -> impl Iterator<Item = Detector> {
        Detector::ALL.into_iter().filter(|detector| self.wanted.contains(detector))
    }
}

/// What the [resource](crate::resource) is made of.
impl Builder {
    /// Runs these detectors and no others, in place of those that run by default. The
    /// [application's own](Self::resource_detector) are not touched, nor are `service.name` and `telemetry.sdk.*`, which
    /// every resource has.
    ///
    /// ```
    /// use spanwise::Detector;
    ///
    /// let builder = spanwise::builder().detectors([Detector::Host, Detector::Kubernetes]);
    /// ```
    pub fn detectors(mut self, detectors: impl IntoIterator<Item = Detector>) -> Self {
        self.detection.wanted = detectors.into_iter().collect();
        self
    }

    /// Runs this detector, too: [`Detector::ProcessCommand`], which has to be asked for.
    ///
    /// ```
    /// let builder = spanwise::builder().detector(spanwise::Detector::ProcessCommand);
    /// ```
    pub fn detector(mut self, detector: Detector) -> Self {
        self.detection.wanted.push(detector);
        self
    }

    /// Leaves this detector out.
    ///
    /// ```
    /// let builder = spanwise::builder().without_detector(spanwise::Detector::Host);
    /// ```
    pub fn without_detector(mut self, detector: Detector) -> Self {
        self.detection.wanted.retain(|wanted| *wanted != detector);
        self
    }

    /// Runs a detector of OpenTelemetry's interface, the application's own or a crate's, after those of Spanwise: what it finds
    /// comes before what they found. [`init`](Self::init) waits for it. One that panics is skipped.
    ///
    /// ```
    /// use opentelemetry::KeyValue;
    /// use opentelemetry_sdk::Resource;
    /// use opentelemetry_sdk::resource::ResourceDetector;
    ///
    /// struct Rack;
    ///
    /// impl ResourceDetector for Rack {
    ///     fn detect(&self) -> Resource {
    ///         Resource::builder_empty().with_attribute(KeyValue::new("com.example.rack", "r17")).build()
    ///     }
    /// }
    ///
    /// let builder = spanwise::builder().resource_detector(Rack);
    /// ```
    pub fn resource_detector<D: ResourceDetector + 'static>(mut self, detector: D) -> Self {
        self.detection.own.push((std::any::type_name::<D>(), Box::new(detector)));
        self
    }

    /// Tells which build of the application this is, by [`build_info!`](crate::build_info): `service.version` and
    /// `vcs.ref.head.revision`, where the environment and [`resource`](Self::resource) say nothing else.
    ///
    /// ```
    /// let builder = spanwise::builder().build_info(spanwise::build_info!());
    /// ```
    pub fn build_info(mut self, build: BuildInfo) -> Self {
        self.detection.build = Some(build);
        self
    }
}
