//! Writes crates below the target folder and measures how Cargo builds them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use object::{Object as _, ObjectSection as _};
use spanwise_benches::median;

use crate::program::{self, Annotation};

/// The cost of one crate.
pub(crate) struct Cost {
    /// CPU seconds of `cargo check` and all the processes that it starts.
    pub(crate) check: f64,
    /// CPU seconds of `cargo build --release`.
    pub(crate) release: f64,
    /// Bytes of machine code in the program (its section `.text`).
    pub(crate) text: u64,
}

impl Cost {
    /// Returns the medians of the times.
    pub(crate) fn median(costs: Vec<Self>) -> Self {
        let of = |read: fn(&Self) -> f64| median(costs.iter().map(read).collect());
        // Every round builds the same program.
        Self { check: of(|cost| cost.check), release: of(|cost| cost.release), text: costs[0].text }
    }
}

/// A folder of crates that share their dependencies.
pub(crate) struct Project {
    root: PathBuf,
}

const CHAINS: [(&str, &str); 4] = [
    ("plain", ""),
    ("spanwise", "#[spanwise::instrument]"),
    ("tracing", "#[tracing::instrument]"),
    ("fastrace", "#[fastrace::trace]"),
];

impl Project {
    pub(crate) fn new() -> Self {
        Self { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile") }
    }

    /// Returns a valid package name for this name.
    fn package_name(name: &str) -> String {
        let words: Vec<_> = name
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        words.join("-")
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.root.join(Self::package_name(name))
    }

    /// Writes a crate of one file that depends on Spanwise and on all of its peers.
    pub(crate) fn write(&self, name: &str, program: &str) {
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
        let dependencies = format!(
            "spanwise = {{ path = {runtime:?}, default-features = false, features = [\"record\"] }}\n\
             tracing = {{ version = \"0.1.44\", default-features = false, features = [\"attributes\", \"std\"] }}\n\
             fastrace = {{ version = \"0.7.19\", features = [\"enable\"] }}"
        );
        self.write_with(name, &dependencies, program);
    }

    fn write_with(&self, name: &str, dependencies: &str, program: &str) {
        let folder = self.folder(name);
        std::fs::create_dir_all(folder.join("src")).expect("the target folder is writable");
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n\
             [workspace]\n",
            Self::package_name(name)
        );
        std::fs::write(folder.join("Cargo.toml"), manifest).expect("the target folder is writable");
        // Uses the same versions as the workspace.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        std::fs::copy(lock, folder.join("Cargo.lock")).expect("the lock file is there");
        std::fs::write(folder.join("src/main.rs"), program).expect("the target folder is writable");
    }

    fn cargo(&self, name: &str, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(arguments)
            .current_dir(self.folder(name))
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        cargo
    }

    /// Builds the dependencies of the crate.
    pub(crate) fn warm_up(&self, name: &str) {
        for arguments in [&["check"][..], &["build", "--release"]] {
            let status = self.cargo(name, arguments).stderr(Stdio::inherit()).status().expect("cargo runs");
            assert!(status.success(), "{name} does not compile");
        }
    }

    /// Measures the compilation of the crate alone, without its dependencies.
    pub(crate) fn cost(&self, name: &str) -> Cost {
        let check = self.recompile(name, &["check"]);
        let release = self.recompile(name, &["build", "--release"]);
        let program = self.root.join("target/release").join(Self::package_name(name));
        Cost { check, release, text: text_of(&program) }
    }

    fn recompile(&self, name: &str, arguments: &[&str]) -> f64 {
        let source = self.folder(name).join("src/main.rs");
        let text = std::fs::read(&source).expect("the crate is there");
        std::fs::write(&source, text).expect("a new modification time makes Cargo compile it again");
        cpu_seconds(&mut self.cargo(name, arguments))
    }

    /// Returns a table of the sizes of futures, one and three deep.
    pub(crate) fn sizes(&self, annotations: &[Annotation]) -> String {
        let mut table = String::from("| future, 1 KiB argument | bytes | three deep |\n|---|---|---|\n");
        for annotation in annotations {
            let package = format!("sizes {}", annotation.name);
            self.write(&package, &program::sizes(annotation.code));
            let output = self
                .cargo(&package, &["run", "--quiet"])
                .stdout(Stdio::piped())
                .output()
                .expect("cargo runs");
            let text = String::from_utf8_lossy(&output.stdout);
            let (one, three) = text.trim().split_once(' ').expect("two sizes");
            table.push_str(&format!("| {} | {one} | {three} |\n", annotation.name));
        }
        table
    }

    /// Returns a table of the longest chains of async functions that compile at the default `recursion_limit`.
    pub(crate) fn chains(&self) -> String {
        let mut table = String::from("| chain of async functions | the longest that compiles |\n|---|---|\n");
        for (name, annotation) in CHAINS {
            let package = format!("chain {name}");
            let compiles = |length| {
                self.write(&package, &program::chain(length, annotation));
                self.cargo(&package, &["build"]).status().expect("cargo runs").success()
            };
            let (mut longest, mut too_long) = (1_usize, 300_usize);
            while too_long - longest > 1 {
                let middle = longest.midpoint(too_long);
                if compiles(middle) {
                    longest = middle;
                } else {
                    too_long = middle;
                }
            }
            table.push_str(&format!("| {name} | {longest} |\n"));
        }
        table
    }

    /// Returns a table of the build times of the macro crates, with all of their dependencies.
    pub(crate) fn macro_crates(&self) -> String {
        let mut table = String::from("| clean build of | release, CPU s |\n|---|---|\n");
        let macros = Path::new(env!("CARGO_MANIFEST_DIR")).join("../macros");
        let spanwise = format!("spanwise-macros = {{ path = {macros:?}, features = [\"record\"] }}");
        let crates = [
            ("spanwise-macros", spanwise.as_str()),
            ("tracing-attributes", "tracing-attributes = \"0.1.31\""),
            ("fastrace-macro", "fastrace-macro = \"0.7.19\""),
        ];
        for (name, dependency) in crates {
            let package = format!("only {name}");
            self.write_with(&package, dependency, "fn main() {}");
            let times = (0..3).map(|_| {
                let target = self.root.join("only");
                let _ = std::fs::remove_dir_all(&target);
                cpu_seconds(self.cargo(&package, &["build", "--release"]).env("CARGO_TARGET_DIR", &target))
            });
            let time = median(times.collect());
            table.push_str(&format!("| {name} | {time:.1} |\n"));
        }
        table
    }
}

/// Returns the bytes of machine code in an executable.
fn text_of(program: &Path) -> u64 {
    let bytes = std::fs::read(program).expect("the program is built");
    let program = object::File::parse(&*bytes).expect("an executable");
    program.section_by_name(".text").map_or(0, |section| section.size())
}

/// Runs a command, which must succeed, and returns the CPU seconds of it and all the processes that it starts. Without
/// `/proc` it returns the seconds that have passed instead.
fn cpu_seconds(command: &mut Command) -> f64 {
    let before = children_cpu_seconds();
    let start = Instant::now();
    let status = command.status().expect("cargo runs");
    assert!(status.success(), "{command:?} failed");
    match (before, children_cpu_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed().as_secs_f64(),
    }
}

/// Returns the CPU seconds of all child processes that have ended, and of their children. Returns `None` without `/proc`.
///
/// The kernel counts in ticks; on Linux a tick is a hundredth of a second.
fn children_cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The fields after the program's name, which can contain spaces: state, ppid, … The 14th and 15th are cutime and cstime.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u32 =
        [13, 14].into_iter().map(|at| fields.get(at)?.parse::<u32>().ok()).sum::<Option<u32>>()?;
    Some(f64::from(ticks) / 100.0)
}
