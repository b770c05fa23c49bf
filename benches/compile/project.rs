//! Crates below the target folder, and what Cargo needs for them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use object::{Object as _, ObjectSection as _};
use spanwise_benches::median;

use crate::program::{self, Attribute};

/// What one crate costs.
pub(crate) struct Cost {
    /// CPU seconds of `cargo check`, and of all that it starts.
    pub(crate) check: f64,
    /// CPU seconds of `cargo build --release`.
    pub(crate) release: f64,
    /// Bytes of machine code in the program.
    pub(crate) text: u64,
}

impl Cost {
    /// The median of each.
    pub(crate) fn median(costs: Vec<Self>) -> Self {
        let of = |read: fn(&Self) -> f64| median(costs.iter().map(read).collect());
        // The same program each time.
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

    /// The name of a contender as a package may be called.
    fn package(name: &str) -> String {
        let words: Vec<_> = name
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        words.join("-")
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.root.join(Self::package(name))
    }

    /// Writes a crate of one file that depends on all contenders.
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
        std::fs::create_dir_all(folder.join("src")).expect("a folder below the target folder");
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n\
             [workspace]\n",
            Self::package(name)
        );
        std::fs::write(folder.join("Cargo.toml"), manifest).expect("written");
        // The versions that the workspace has settled on.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        std::fs::copy(lock, folder.join("Cargo.lock")).expect("copied");
        std::fs::write(folder.join("src/main.rs"), program).expect("written");
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

    /// Builds what the crate depends on.
    pub(crate) fn warm_up(&self, name: &str) {
        for arguments in [&["check"][..], &["build", "--release"]] {
            let done = self.cargo(name, arguments).stderr(Stdio::inherit()).status().expect("cargo runs");
            assert!(done.success(), "{name} compiles");
        }
    }

    /// Compiles the crate, and nothing else.
    pub(crate) fn cost(&self, name: &str) -> Cost {
        let check = self.recompile(name, &["check"]);
        let release = self.recompile(name, &["build", "--release"]);
        let program = self.root.join("target/release").join(Self::package(name));
        Cost { check, release, text: text_of(&program) }
    }

    fn recompile(&self, name: &str, arguments: &[&str]) -> f64 {
        let source = self.folder(name).join("src/main.rs");
        let text = std::fs::read(&source).expect("read");
        std::fs::write(&source, text).expect("written anew, so that Cargo sees a change");
        cpu_seconds(&mut self.cargo(name, arguments))
    }

    /// How large futures are, one and three deep.
    pub(crate) fn sizes(&self, attributes: &[Attribute]) -> String {
        let mut table = String::from("| future, 1 KiB argument | bytes | three deep |\n|---|---|---|\n");
        for attribute in attributes {
            let package = format!("sizes {}", attribute.name);
            self.write(&package, &program::sizes(attribute.text));
            let output = self
                .cargo(&package, &["run", "--quiet"])
                .stdout(Stdio::piped())
                .output()
                .expect("cargo runs");
            let text = String::from_utf8_lossy(&output.stdout);
            let (one, three) = text.trim().split_once(' ').expect("two sizes");
            table.push_str(&format!("| {} | {one} | {three} |\n", attribute.name));
        }
        table
    }

    /// The longest chain of async functions that compiles at the default `recursion_limit`.
    pub(crate) fn chains(&self) -> String {
        let mut table = String::from("| chain of async functions | the longest that compiles |\n|---|---|\n");
        for (name, attribute) in CHAINS {
            let package = format!("chain {name}");
            let compiles = |length| {
                self.write(&package, &program::chain(length, attribute));
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

    /// What the macro crates themselves take to build, with everything below them.
    pub(crate) fn macro_crates(&self) -> String {
        let mut table = String::from("| clean build of | release, CPU s |\n|---|---|\n");
        let macros = Path::new(env!("CARGO_MANIFEST_DIR")).join("../macros");
        let ours = format!("spanwise-macros = {{ path = {macros:?}, features = [\"record\"] }}");
        let peers = [
            ("spanwise-macros", ours.as_str()),
            ("tracing-attributes", "tracing-attributes = \"0.1.31\""),
            ("fastrace-macro", "fastrace-macro = \"0.7.19\""),
        ];
        for (name, dependency) in peers {
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

fn text_of(program: &Path) -> u64 {
    let bytes = std::fs::read(program).expect("built");
    let program = object::File::parse(&*bytes).expect("an executable");
    program.section_by_name(".text").map_or(0, |section| section.size())
}

/// What a command that has to succeed takes, with all that it starts; by the wall clock where nothing
/// else can tell.
fn cpu_seconds(command: &mut Command) -> f64 {
    let before = children_cpu_seconds();
    let start = Instant::now();
    let done = command.status().expect("cargo runs");
    assert!(done.success(), "{command:?}");
    match (before, children_cpu_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed().as_secs_f64(),
    }
}

/// What the processes that this one has waited for have used, and those that they waited for; `None`
/// where only the wall clock can tell. A tick is a hundredth of a second on every Linux there is.
fn children_cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything: state, ppid, … cutime and cstime are the 14th and 15th.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u32 =
        [13, 14].into_iter().map(|at| fields.get(at)?.parse::<u32>().ok()).sum::<Option<u32>>()?;
    Some(f64::from(ticks) / 100.0)
}
