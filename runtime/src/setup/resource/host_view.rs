//! What detectors see of the process and its host.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::build_info::BuildInfo;
use super::found::Absent;
use crate::setup::environment::{Lookup, non_empty};

/// How many bytes are read of a file. Mount tables are the longest, and rarely reach a tenth of it.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The process and its host, or those that a test simulates.
pub(in crate::setup) struct HostView<'a> {
    pub(super) lookup: &'a Lookup<'a>,
    /// The folder that holds all files: `/`.
    pub(super) root: PathBuf,
    /// [`std::env::consts::OS`] and `ARCH`.
    pub(super) os: &'a str,
    pub(super) arch: &'a str,
    pub(super) host_name: Option<String>,
    pub(super) pid: u32,
    pub(super) parent_pid: Option<u32>,
    pub(super) executable: Option<PathBuf>,
    pub(super) arguments: Vec<String>,
    pub(super) build_info: Option<BuildInfo>,
}

impl<'a> HostView<'a> {
    /// The process that runs this, and its host.
    pub(in crate::setup) fn of_this_process(lookup: &'a Lookup<'a>, build_info: Option<BuildInfo>) -> Self {
        Self {
            lookup,
            root: PathBuf::from("/"),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            host_name: gethostname::gethostname().into_string().ok(),
            pid: std::process::id(),
            parent_pid: parent_pid(),
            executable: std::env::current_exe().ok(),
            arguments: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
            build_info,
        }
    }

    /// The value of a variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        non_empty(self.lookup, name)
    }

    /// The value of the first of these variables that is set.
    pub(super) fn first_variable(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.variable(name))
    }

    /// The text of a file, or `None` if it does not exist. A file that is too long is cut after a line; invalid UTF-8 is
    /// replaced.
    pub(super) fn file(&self, path: &str) -> Result<Option<String>, Absent> {
        let at = self.root.join(path.trim_start_matches('/'));
        let fails = |why: std::io::Error| Absent::Failed(format!("{path}: {why}"));
        match read(&at) {
            Ok(text) => Ok(text),
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(why) => Err(fails(why)),
        }
    }

    /// The text of a file, or `None` if it cannot be read.
    pub(super) fn file_if_any(&self, path: &str) -> Option<String> {
        self.file(path).ok().flatten()
    }

    /// Whether this file exists.
    pub(super) fn has(&self, path: &str) -> bool {
        self.root.join(path.trim_start_matches('/')).exists()
    }

    /// Whether this is a pod of Kubernetes, which sets this variable in each container.
    pub(super) fn in_kubernetes(&self) -> bool {
        self.variable("KUBERNETES_SERVICE_HOST").is_some()
    }
}

fn read(path: &Path) -> std::io::Result<Option<String>> {
    // Reading a pipe could block.
    if !path.metadata()?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        bytes.truncate(end);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(unix)]
fn parent_pid() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent_pid() -> Option<u32> {
    None
}
