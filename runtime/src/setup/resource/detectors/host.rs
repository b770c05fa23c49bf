//! [`host.*`](https://opentelemetry.io/docs/specs/semconv/resource/host/).

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;
use super::container;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    Ok(Found::default()
        .text("host.name", here.host_name.clone())
        .text("host.arch", arch(here.arch).to_owned())
        .text("host.id", id(here)))
}

/// The convention's name for an architecture.
fn arch(arch: &str) -> &str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" | "arm64ec" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// The machine's id, from the files of the convention, without those sources that need a process or the registry. In a
/// container the file comes from the image, and all containers of that image have the same one.
fn id(here: &HostView<'_>) -> Option<String> {
    if container::is_likely(here) {
        return None;
    }
    let paths: &[&str] = match here.os {
        "linux" => &["/etc/machine-id", "/var/lib/dbus/machine-id"],
        "freebsd" | "netbsd" | "openbsd" | "dragonfly" => &["/etc/hostid"],
        _ => &[],
    };
    paths.iter().find_map(|path| {
        let text = here.file_if_any(path)?;
        let id = text.trim();
        // The file is `uninitialized` during an installation; zeros mean that no id was set.
        let digits = || id.bytes().filter(|byte| *byte != b'-');
        let is_id = digits().count() == 32 && digits().all(|byte| byte.is_ascii_hexdigit());
        (is_id && digits().any(|byte| byte != b'0')).then(|| id.to_owned())
    })
}
