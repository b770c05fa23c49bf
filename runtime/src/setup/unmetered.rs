//! What stands in for a meter provider where none is built.

use std::time::Duration;

use opentelemetry::KeyValue;

use super::env::MetricsSetting;
use crate::diag;
use crate::export::Tls;

/// No provider.
#[derive(Clone, Debug)]
pub(super) struct Metrics {}

/// Says what is missing.
pub(super) fn start(_setting: MetricsSetting, _tls: Tls, _resource: Vec<KeyValue>) -> Option<Metrics> {
    diag::warn(
        "metrics are not exported, as OTEL_METRICS_EXPORTER asks: that needs the feature `metrics` of spanwise",
    );
    None
}

/// Nothing to wait for.
#[derive(Debug)]
pub(super) struct Ending {}

#[expect(clippy::unused_self, reason = "as where there is one")]
impl Metrics {
    pub(super) const fn shut_down(&self) -> Ending {
        Ending {}
    }

    pub(super) const fn flush(&self) -> Ending {
        Ending {}
    }
}

impl Ending {
    pub(super) const fn wait(self, _within: Duration) {}
}
