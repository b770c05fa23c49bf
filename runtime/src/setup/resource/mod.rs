//! What this process is: the [resource](https://opentelemetry.io/docs/specs/semconv/resource/) of its spans and metrics.
//!
//! Each detector is a file in [`detectors`] and an entry in the list of [`detector`]. A detector sees only a
//! [`HostView`](host_view::HostView): it uses no network and starts no process. [`detection`] runs those in the
//! [`detector_set`], and [`merged`] builds the resource.

pub(super) mod build_info;
pub(super) mod detection;
pub(super) mod detector;
pub(super) mod detector_set;
mod detectors;
mod found;
pub(super) mod host_view;
#[cfg(test)]
mod tests;

use opentelemetry::KeyValue;

use detection::Detection;
pub(super) use detectors::command::without_credentials;

/// Builds the resource, with each key once. Later values replace earlier ones: what was detected, `OTEL_RESOURCE_ATTRIBUTES`, the
/// service's name, the attributes in the code.
pub(super) fn merged(
    detected: &Detection,
    from_env: Vec<(String, String)>,
    service_name: Option<String>,
    from_code: Vec<KeyValue>,
) -> Vec<KeyValue> {
    let mut resource = Vec::new();
    for attribute in detected.attributes() {
        set(&mut resource, attribute.clone());
    }
    for (key, value) in from_env {
        set(&mut resource, KeyValue::new(key, value));
    }
    if let Some(name) = service_name {
        set(&mut resource, KeyValue::new("service.name", name));
    }
    for attribute in from_code {
        set(&mut resource, attribute);
    }
    resource
}

fn set(resource: &mut Vec<KeyValue>, attribute: KeyValue) {
    match resource.iter_mut().find(|known| known.key == attribute.key) {
        Some(known) => known.value = attribute.value,
        None => resource.push(attribute),
    }
}
