//! Whether the program has two versions of `opentelemetry`: spans of one are invisible to the other.

use std::path::Path;

/// The crates of which a program needs a single version.
const CRATES: [&str; 2] = ["opentelemetry", "opentelemetry_sdk"];
/// A larger file is not read.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The text of the `Cargo.lock` in this directory, or in the nearest one above it.
pub(super) fn lock_above(directory: &Path) -> Option<String> {
    let file =
        directory.ancestors().map(|directory| directory.join("Cargo.lock")).find(|file| file.is_file())?;
    if file.metadata().ok()?.len() > MAX_FILE_BYTES {
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

/// The versions, as text for people.
pub(super) fn summary(lock: Option<&str>) -> String {
    let Some(lock) = lock else {
        return "no Cargo.lock here; run the doctor where the program is built to find duplicate versions of `opentelemetry`".to_owned();
    };
    let lines: Vec<String> = CRATES
        .iter()
        .filter_map(|name| match versions(lock, name).as_slice() {
            [] => None,
            [one] => Some(format!("{name} {one}, a single version")),
            several => Some(format!(
                "! {name} has {} versions ({}): spans of one are invisible to the other; `cargo tree -i {name}` shows what \
                 depends on each",
                several.len(),
                several.join(", ")
            )),
        })
        .collect();
    match lines.as_slice() {
        [] => {
            "the Cargo.lock here belongs to another program: it does not contain `opentelemetry`".to_owned()
        }
        lines => lines.join("\n  "),
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
    fn two_versions_of_one_crate_are_reported() {
        assert_eq!(versions(TWICE, "opentelemetry"), ["0.32.0", "0.33.1"]);
        let text = summary(Some(TWICE));
        assert!(text.contains("! opentelemetry has 2 versions (0.32.0, 0.33.1)"), "{text}");
        assert!(text.contains("opentelemetry_sdk 0.33.1, a single version"), "{text}");
    }

    #[test]
    fn without_a_lock_file_no_version_is_reported() {
        assert!(summary(None).starts_with("no Cargo.lock here"));
        assert!(
            summary(Some("[[package]]\nname = \"x\"\nversion = \"1\"\n"))
                .contains("belongs to another program")
        );
        assert!(summary(Some("nonsense [[package]] =")).contains("belongs to another program"));
    }

    #[test]
    fn this_project_has_one() {
        let lock = lock_above(Path::new(env!("CARGO_MANIFEST_DIR")));
        // A crate that is built from a package has no lock file.
        if let Some(lock) = lock {
            assert_eq!(versions(&lock, "opentelemetry").len(), 1);
        }
    }
}
