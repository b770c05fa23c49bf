//! Changes `#[tracing::instrument]` and `#[fastrace::trace]` to `#[spanwise::instrument]`, in all Rust files of a folder.
//!
//! ```console
//! $ cargo run --example migrate -- --check src/   # shows what it would change
//! $ cargo run --example migrate -- src/           # changes the files
//! ```
//!
//! It changes attributes and their imports, and nothing else. For what a person has to decide it prints the file, the line and
//! what to write. `--args` records arguments as `tracing` does; without it, no argument is recorded.

mod attributes;
mod imports;
mod remarks;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use self::source::Source;

struct Options {
    /// Write nothing.
    is_check: bool,
    /// Add `args` where `tracing` records the arguments.
    has_args: bool,
    paths: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let mut options = Options { is_check: false, has_args: false, paths: Vec::new() };
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--check") => options.is_check = true,
            Some("--args") => options.has_args = true,
            Some(unknown) if unknown.starts_with('-') => {
                eprintln!("{unknown} is not an option; the options are --check and --args");
                return ExitCode::FAILURE;
            }
            _ => options.paths.push(argument.into()),
        }
    }
    if options.paths.is_empty() {
        eprintln!("name the folders or files to change: `cargo run --example migrate -- --check src/`");
        return ExitCode::FAILURE;
    }
    let (mut changed, mut failed) = (0, false);
    for path in rust_files(&options.paths) {
        match migrate(&path, &options) {
            Ok(has_changed) => changed += u32::from(has_changed),
            Err(error) => {
                eprintln!("{}: {error}; the file is left as it is", path.display());
                failed = true;
            }
        }
    }
    let verb = if options.is_check { "would change" } else { "changed" };
    println!("{verb} {changed} files");
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn migrate(path: &Path, options: &Options) -> Result<bool, Box<dyn std::error::Error>> {
    let text = fs::read_to_string(path)?;
    let source = Source::read(&text, options.has_args)?;
    for (line, remark) in &source.remarks {
        println!("{}:{line}: {remark}", path.display());
    }
    let new = source.changed();
    if new == text {
        return Ok(false);
    }
    if options.is_check {
        for (line, change) in source.changes() {
            println!("{}:{line}: {change}", path.display());
        }
    } else {
        fs::write(path, new)?;
    }
    Ok(true)
}

/// All Rust files at or below these paths, in order, but not those of a `target` folder.
fn rust_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            entries.retain(|entry| {
                !entry.is_symlink() && entry.file_name().is_some_and(|name| name != "target")
            });
            entries.retain(|entry| {
                entry.is_dir() || entry.extension().is_some_and(|extension| extension == "rs")
            });
            entries.sort();
            files.extend(rust_files(&entries));
        } else {
            files.push(path.clone());
        }
    }
    files
}
