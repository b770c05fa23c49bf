//! What detectors look at.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::build::BuildInfo;
use super::detector::Absent;
use crate::setup::env::variable;

/// How much is read of a file. Lists of mounts are the longest, and rarely reach a tenth of it.
const MOST_READ: u64 = 1 << 20;

/// The process and the machine, as detectors see them: those that there are, or those of a test.
pub(in crate::setup) struct Surroundings<'a> {
    pub(super) lookup: &'a dyn Fn(&str) -> Option<String>,
    /// Below which the files are: `/`.
    pub(super) root: PathBuf,
    /// [`std::env::consts::OS`] and `ARCH`.
    pub(super) os: &'a str,
    pub(super) arch: &'a str,
    pub(super) host_name: Option<String>,
    pub(super) pid: u32,
    pub(super) parent_pid: Option<u32>,
    pub(super) executable: Option<PathBuf>,
    pub(super) arguments: Vec<String>,
    pub(super) build: Option<BuildInfo>,
}

impl<'a> Surroundings<'a> {
    /// Those of this process.
    pub(in crate::setup) fn here(
        lookup: &'a dyn Fn(&str) -> Option<String>,
        build: Option<BuildInfo>,
    ) -> Self {
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
            build,
        }
    }

    /// A variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        variable(self.lookup, name)
    }

    /// The first of these variables that is set.
    pub(super) fn first_variable(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.variable(name))
    }

    /// The text of a file, `None` where there is none. Of a file that is too long the whole lines at its beginning; what is
    /// no text is replaced.
    pub(super) fn file(&self, path: &str) -> Result<Option<String>, Absent> {
        let at = self.root.join(path.trim_start_matches('/'));
        let fails = |why: std::io::Error| Absent::Failed(format!("{path}: {why}"));
        match read(&at) {
            Ok(text) => Ok(text),
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(why) => Err(fails(why)),
        }
    }

    /// The text of a file that something else can be said without.
    pub(super) fn file_if_any(&self, path: &str) -> Option<String> {
        self.file(path).ok().flatten()
    }

    /// Whether there is such a file.
    pub(super) fn has(&self, path: &str) -> bool {
        self.root.join(path.trim_start_matches('/')).exists()
    }

    /// Whether this is a pod of Kubernetes: the one variable that it sets in each.
    pub(super) fn in_kubernetes(&self) -> bool {
        self.variable("KUBERNETES_SERVICE_HOST").is_some()
    }
}

fn read(path: &Path) -> std::io::Result<Option<String>> {
    // A pipe of that name would be waited for.
    if !path.metadata()?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_READ + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_READ {
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
