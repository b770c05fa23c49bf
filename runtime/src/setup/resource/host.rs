//! [`host.*`](https://opentelemetry.io/docs/specs/semconv/resource/host/).

use super::container;
use super::detector::{Absent, Found};
use super::surroundings::Surroundings;

pub(super) fn detect(here: &Surroundings<'_>) -> Result<Found, Absent> {
    Ok(Found::default()
        .text("host.name", here.host_name.clone())
        .text("host.arch", arch(here.arch).to_owned())
        .text("host.id", id(here)))
}

/// The convention's names for what Rust calls otherwise.
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

/// The machine's id, from where the convention says; what takes a process or the registry is left out. A container's file of that
/// name is its image's, and the same in all that were made of that.
fn id(here: &Surroundings<'_>) -> Option<String> {
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
        // While a system is being installed the file says `uninitialized`; zeros are an id that nobody has set.
        let digits = || id.bytes().filter(|byte| *byte != b'-');
        let is_id = digits().count() == 32 && digits().all(|byte| byte.is_ascii_hexdigit());
        (is_id && digits().any(|byte| byte != b'0')).then(|| id.to_owned())
    })
}
