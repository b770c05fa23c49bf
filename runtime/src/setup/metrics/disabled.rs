//! Without the feature `metrics`.

use std::time::Duration;

use opentelemetry::KeyValue;

use crate::setup::settings::values::OtlpSignalSettings;

/// The feature that metrics need.
pub(in crate::setup) const MISSING_FEATURE: Option<&str> = Some("metrics");

/// Never exists.
#[derive(Clone, Debug)]
pub(in crate::setup) struct MetricsPipeline {}

/// Starts nothing: the plan has warned.
pub(in crate::setup) fn start(
    _otlp: OtlpSignalSettings,
    _resource: Vec<KeyValue>,
) -> Option<MetricsPipeline> {
    None
}

/// Nothing to wait for.
#[derive(Debug)]
pub(in crate::setup) struct PendingExport {}

#[expect(clippy::unused_self, reason = "the same signatures as with the feature")]
impl MetricsPipeline {
    pub(in crate::setup) const fn shut_down(&self) -> PendingExport {
        PendingExport {}
    }

    pub(in crate::setup) const fn flush(&self) -> PendingExport {
        PendingExport {}
    }
}

impl PendingExport {
    pub(in crate::setup) const fn wait(self, _timeout: Duration) {}
}
