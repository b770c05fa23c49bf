//! What the [resource](crate::docs::resource) consists of.

use opentelemetry::KeyValue;
use opentelemetry_sdk::resource::ResourceDetector;

use super::Builder;
use crate::setup::resource::build_info::BuildInfo;
use crate::setup::resource::detector::Detector;
use crate::value::AttributeValue;

impl Builder {
    /// Adds an attribute to the resource. It replaces one that is detected or set by `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn resource(mut self, key: impl Into<String>, value: impl AttributeValue) -> Self {
        if let Some(value) = value.to_value() {
            self.resource.push(KeyValue::new(key.into(), value));
        }
        self
    }

    /// Runs only these detectors, instead of the default ones. The
    /// [application's detectors](Self::resource_detector) still run, and every resource still has `service.name` and
    /// `telemetry.sdk.*`.
    ///
    /// ```
    /// use spanwise::setup::Detector;
    ///
    /// let builder = spanwise::builder().detectors([Detector::Host, Detector::Kubernetes]);
    /// ```
    pub fn detectors(mut self, detectors: impl IntoIterator<Item = Detector>) -> Self {
        self.detectors.set(detectors.into_iter().collect());
        self
    }

    /// Runs this detector, too. Only [`Detector::ProcessCommand`] does not run by default.
    ///
    /// ```
    /// let builder = spanwise::builder().detector(spanwise::setup::Detector::ProcessCommand);
    /// ```
    pub fn detector(mut self, detector: Detector) -> Self {
        self.detectors.add(detector);
        self
    }

    /// Does not run this detector.
    ///
    /// ```
    /// let builder = spanwise::builder().without_detector(spanwise::setup::Detector::Host);
    /// ```
    pub fn without_detector(mut self, detector: Detector) -> Self {
        self.detectors.remove(detector);
        self
    }

    /// Runs an OpenTelemetry detector, of the application or of another crate, after those of Spanwise. Its attributes replace
    /// theirs. [`init`](Self::init) waits for it. A detector that panics is skipped.
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
        self.detectors.application.push((std::any::type_name::<D>(), Box::new(detector)));
        self
    }

    /// Sets the build of the application, usually from [`build_info!`](crate::build_info): `service.version` and
    /// `vcs.ref.head.revision`. The environment and [`resource`](Self::resource) override them.
    ///
    /// ```
    /// let builder = spanwise::builder().build_info(spanwise::build_info!());
    /// ```
    pub fn build_info(mut self, build: BuildInfo) -> Self {
        self.detectors.build_info = Some(build);
        self
    }
}
