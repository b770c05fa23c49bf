//! What this process is: the
//! [resource](https://opentelemetry.io/docs/specs/semconv/resource/) of all its spans.
//!
//! A file for each detector. They look at nothing but their [`Surroundings`], never at the network, and start no process;
//! [`detect`] runs those that are wanted and keeps what came of each, and [`merged`] puts the resource together.

mod build;
mod choice;
mod cloud;
mod command;
mod container;
mod detector;
mod host;
mod instance;
mod kubernetes;
mod mounts;
mod os;
mod process;
mod sdk;
mod surroundings;
#[cfg(test)]
mod tests;

use opentelemetry::KeyValue;

pub use build::BuildInfo;
pub(super) use choice::Choice;
pub(super) use command::without_credentials;
pub use detector::Detector;
pub(super) use detector::detect;
pub(super) use surroundings::Surroundings;

pub(super) use detector::{Detection, Outcome};

/// The resource, with each key once. What comes later takes the place of what came before: what every resource has, what is
/// detected, `OTEL_RESOURCE_ATTRIBUTES`, the service's name, what the code says.
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

/// The service's name in a finished resource.
#[cfg(test)]
pub(super) fn service_name(resource: &[KeyValue]) -> Option<String> {
    crate::value::find(resource, "service.name").map(ToString::to_string)
}
