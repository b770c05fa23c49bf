//! The export of metrics.

#[cfg(not(feature = "metrics"))]
mod disabled;
#[cfg(feature = "metrics")]
mod otlp;

#[cfg(not(feature = "metrics"))]
pub(super) use disabled::{MISSING_FEATURE, MetricsPipeline, start};
#[cfg(feature = "metrics")]
pub(super) use otlp::{MISSING_FEATURE, MetricsPipeline, start};
