//! What this process is: the
//! [resource](https://opentelemetry.io/docs/specs/semconv/resource/) of all its spans.

use opentelemetry::KeyValue;

use crate::value;

/// The resource, with each key once: what the environment says comes before what is detected, and the
/// service's name before all.
pub(super) fn resource(service_name: Option<String>, from_env: Vec<(String, String)>) -> Vec<KeyValue> {
    let mut resource = detected();
    for (key, value) in from_env {
        set(&mut resource, KeyValue::new(key, value));
    }
    if let Some(name) = service_name {
        set(&mut resource, KeyValue::new("service.name", name));
    }
    resource
}

pub(super) fn set(resource: &mut Vec<KeyValue>, attribute: KeyValue) {
    match resource.iter_mut().find(|known| known.key == attribute.key) {
        Some(known) => known.value = attribute.value,
        None => resource.push(attribute),
    }
}

/// The service's name in a finished resource.
pub(super) fn service_name(resource: &[KeyValue]) -> Option<String> {
    value::find(resource, "service.name").map(ToString::to_string)
}

fn detected() -> Vec<KeyValue> {
    let executable = std::env::current_exe().ok();
    let executable_name = executable
        .as_deref()
        .and_then(std::path::Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    let mut resource = vec![
        KeyValue::new(
            "service.name",
            match &executable_name {
                Some(name) => format!("unknown_service:{name}"),
                None => "unknown_service".to_owned(),
            },
        ),
        KeyValue::new("telemetry.sdk.name", "spanwise"),
        KeyValue::new("telemetry.sdk.language", "rust"),
        KeyValue::new("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("host.name", gethostname::gethostname().to_string_lossy().into_owned()),
        KeyValue::new("host.arch", host_arch()),
        KeyValue::new("os.type", os_type()),
        KeyValue::new("process.pid", i64::from(std::process::id())),
        KeyValue::new("process.runtime.name", "rust"),
    ];
    if let Some(version) = runtime_version() {
        resource.push(KeyValue::new("process.runtime.version", version));
        resource.push(KeyValue::new("process.runtime.description", env!("SPANWISE_RUSTC")));
    }
    if let Some(name) = executable_name {
        resource.push(KeyValue::new("process.executable.name", name));
    }
    if let Some(path) = executable {
        resource.push(KeyValue::new("process.executable.path", path.to_string_lossy().into_owned()));
    }
    resource
}

/// `1.90.0` of `rustc 1.90.0 (1159e78c4 2025-09-14)`, the compiler that built this crate.
fn runtime_version() -> Option<&'static str> {
    env!("SPANWISE_RUSTC").split_whitespace().nth(1)
}

/// The convention's names for what Rust calls otherwise.
fn host_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

fn os_type() -> &'static str {
    match std::env::consts::OS {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(resource: &[KeyValue], key: &str) -> Option<String> {
        value::find(resource, key).map(ToString::to_string)
    }

    #[test]
    fn the_service_s_name_comes_before_the_one_among_the_attributes() {
        let from_env =
            vec![("service.name".to_owned(), "attribute".to_owned()), ("team".to_owned(), "x".to_owned())];
        let resource = resource(Some("variable".to_owned()), from_env.clone());
        assert_eq!(service_name(&resource).as_deref(), Some("variable"));
        assert_eq!(value(&resource, "team").as_deref(), Some("x"));
        assert_eq!(service_name(&super::resource(None, from_env)).as_deref(), Some("attribute"));
    }

    #[test]
    fn the_process_is_described() {
        let resource = resource(None, Vec::new());
        assert!(service_name(&resource).is_some_and(|name| name.starts_with("unknown_service:")));
        assert_eq!(value(&resource, "process.pid"), Some(std::process::id().to_string()));
        assert!(value(&resource, "process.runtime.version").is_some_and(|version| version.starts_with("1.")));
        for key in ["host.name", "host.arch", "os.type", "telemetry.sdk.version"] {
            assert!(value(&resource, key).is_some_and(|value| !value.is_empty()), "{key}");
        }
    }
}
