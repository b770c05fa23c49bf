//! [`os.*`](https://opentelemetry.io/docs/specs/semconv/resource/os/).

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    let found = Found::default().text("os.type", kind(here.os).to_owned());
    Ok(match here.os {
        "macos" => darwin(here, found),
        "windows" => found.constant("os.name", "Windows"),
        _ => unix(here, found),
    })
}

/// The convention's name for a system.
fn kind(os: &str) -> &str {
    match os {
        "macos" | "ios" | "tvos" | "watchos" | "visionos" => "darwin",
        "dragonfly" => "dragonflybsd",
        "illumos" => "solaris",
        "android" => "linux",
        other => other,
    }
}

/// From [os-release(5)](https://www.freedesktop.org/software/systemd/man/latest/os-release.html), and the kernel's release.
fn unix(here: &HostView<'_>, found: Found) -> Found {
    let release = ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|path| here.file_if_any(path));
    let value = |name: &str| release.as_deref().and_then(|text| assigned(text, name));
    let kernel = here
        .file_if_any("/proc/sys/kernel/osrelease")
        .map(|kernel| format!("Linux {}", kernel.trim()))
        .filter(|_| here.os == "linux");
    let description: Vec<String> = value("PRETTY_NAME").into_iter().chain(kernel).collect();
    found
        .text("os.name", value("NAME"))
        .text("os.version", value("VERSION_ID"))
        .text("os.build_id", value("BUILD_ID"))
        .text("os.description", description.join(", "))
}

/// From the file that `sw_vers` reads.
fn darwin(here: &HostView<'_>, found: Found) -> Found {
    let list = here.file_if_any("/System/Library/CoreServices/SystemVersion.plist").unwrap_or_default();
    let value = |key: &str| {
        let (_, rest) = list.split_once(&format!("<key>{key}</key>"))?;
        let rest = rest.trim_start().strip_prefix("<string>")?;
        Some(rest.split_once("</string>")?.0.to_owned())
    };
    let (name, version, build) =
        (value("ProductName"), value("ProductVersion"), value("ProductBuildVersion"));
    let description: Vec<String> = [&name, &version].into_iter().flatten().cloned().collect();
    let mut description = description.join(" ");
    if let (Some(build), false) = (&build, description.is_empty()) {
        description.push_str(&format!(" ({build})"));
    }
    found
        .text("os.name", name)
        .text("os.version", version)
        .text("os.build_id", build)
        .text("os.description", description)
}

/// The value of `NAME=value`, unquoted by the rules of a shell. The last assignment counts, as in a shell.
fn assigned(text: &str, name: &str) -> Option<String> {
    let mut values = text.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
    unquoted(values.next_back()?.trim())
}

fn unquoted(value: &str) -> Option<String> {
    if let Some(inner) = value.strip_prefix('\'') {
        return inner.strip_suffix('\'').map(ToOwned::to_owned);
    }
    let Some(inner) = value.strip_prefix('"') else { return Some(value.to_owned()) };
    let mut unquoted = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Some(unquoted),
            '\\' => unquoted.push(characters.next()?),
            other => unquoted.push(other),
        }
    }
    // The closing quote is missing.
    None
}

#[cfg(test)]
mod tests {
    use super::assigned;

    #[test]
    fn values_are_unquoted_as_in_a_shell() {
        let text = "# NAME=no\nNAME=\"A \\\"B\\\" \\$C\"\nID=plain\nVARIANT='it is'\nBROKEN=\"no end\nID=later\nNAMES=x\n";
        assert_eq!(assigned(text, "NAME").as_deref(), Some("A \"B\" $C"));
        assert_eq!(assigned(text, "ID").as_deref(), Some("later"));
        assert_eq!(assigned(text, "VARIANT").as_deref(), Some("it is"));
        assert_eq!(assigned(text, "BROKEN"), None);
        assert_eq!(assigned(text, "MISSING"), None);
    }
}
