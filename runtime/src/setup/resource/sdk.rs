//! What every resource has: the service's name and what its telemetry is made by.

use super::detector::Found;
use super::process::executable_name;
use super::surroundings::Surroundings;

/// `service.name` and `telemetry.sdk.*`, which the
/// [specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/#sdk-provided-resource-attributes) asks of every SDK.
pub(super) fn detect(here: &Surroundings<'_>) -> Found {
    let name = match executable_name(here) {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    };
    Found::default()
        .text("service.name", name)
        .constant("telemetry.sdk.name", "spanwise")
        .constant("telemetry.sdk.language", "rust")
        .constant("telemetry.sdk.version", env!("CARGO_PKG_VERSION"))
}
