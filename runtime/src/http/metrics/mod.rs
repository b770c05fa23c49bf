//! [HTTP metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), through the global meter provider. `disabled`
//! stands in without the feature `metrics`.

#[cfg(not(feature = "metrics"))]
mod disabled;
#[cfg(feature = "metrics")]
mod instruments;
#[cfg(feature = "metrics")]
mod measurement;

#[cfg(not(feature = "metrics"))]
pub(crate) use disabled::Measurement;
#[cfg(feature = "metrics")]
pub(crate) use measurement::Measurement;
