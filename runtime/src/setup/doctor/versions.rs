//! Whether one crate is there twice: then spans of one half of a program are not seen by the other.

use std::path::Path;

/// Those whose globals and types have to be the same everywhere.
const CRATES: [&str; 2] = ["opentelemetry", "opentelemetry_sdk"];
/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// The text of the `Cargo.lock` in this directory, or in the nearest above it.
pub(super) fn lock_above(directory: &Path) -> Option<String> {
    let file =
        directory.ancestors().map(|directory| directory.join("Cargo.lock")).find(|file| file.is_file())?;
    if file.metadata().ok()?.len() > LARGEST {
        return None;
    }
    std::fs::read_to_string(file).ok()
}

/// The versions of a crate in a lock file.
fn versions<'a>(lock: &'a str, name: &str) -> Vec<&'a str> {
    let value = |line: &'a str, key: &str| {
        let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim();
        Some(value.trim_matches('"'))
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter(|package| package.lines().any(|line| value(line, "name") == Some(name)))
        .filter_map(|package| package.lines().find_map(|line| value(line, "version")))
        .collect()
}

/// A sentence for a person.
pub(super) fn told(lock: Option<&str>) -> String {
    let Some(lock) = lock else {
        return "no Cargo.lock here: where the program is built it shows whether `opentelemetry` is there twice".to_owned();
    };
    let told: Vec<String> = CRATES
        .iter()
        .filter_map(|name| match versions(lock, name).as_slice() {
            [] => None,
            [one] => Some(format!("{name} {one}, once")),
            several => Some(format!(
                "! {name} is there {} times ({}): spans made with one are not seen by the other; `cargo tree -i {name}` says who \
                 brings which, and Spanwise speaks with the newest it can",
                several.len(),
                several.join(", ")
            )),
        })
        .collect();
    match told.as_slice() {
        [] => "the Cargo.lock here is another program's: `opentelemetry` is not in it".to_owned(),
        told => told.join("\n  "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWICE: &str = r#"
version = 4

[[package]]
name = "opentelemetry"
version = "0.32.0"
source = "registry"
dependencies = [
 "opentelemetry_sdk",
]

[[package]]
name = "opentelemetry"
version = "0.33.1"

[[package]]
name = "opentelemetry_sdk"
version = "0.33.1"
"#;

    #[test]
    fn two_versions_of_one_crate_are_told() {
        assert_eq!(versions(TWICE, "opentelemetry"), ["0.32.0", "0.33.1"]);
        let text = told(Some(TWICE));
        assert!(text.contains("! opentelemetry is there 2 times (0.32.0, 0.33.1)"), "{text}");
        assert!(text.contains("opentelemetry_sdk 0.33.1, once"), "{text}");
    }

    #[test]
    fn without_a_lock_file_nothing_is_claimed() {
        assert!(told(None).starts_with("no Cargo.lock here"));
        assert!(told(Some("[[package]]\nname = \"x\"\nversion = \"1\"\n")).contains("another program's"));
        assert!(told(Some("nonsense [[package]] =")).contains("another program's"));
    }

    #[test]
    fn this_project_has_one() {
        let lock = lock_above(Path::new(env!("CARGO_MANIFEST_DIR")));
        // A crate that is built from a package has none.
        if let Some(lock) = lock {
            assert_eq!(versions(&lock, "opentelemetry").len(), 1);
        }
    }
}
