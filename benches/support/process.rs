//! Processes of a bench's own: it starts its own program again, in another role, and asks the system
//! what that has cost.

use std::process::{Command, Stdio};
use std::time::Duration;

/// What this process was started with.
#[must_use]
pub fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// This program once more, with these arguments and without the `OTEL_*` variables of whoever runs the
/// bench.
///
/// # Panics
///
/// If the system does not know which program this is.
#[must_use]
pub fn again(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the system knows what it runs"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Runs this program once more, to its end: what it said on standard output. What it says on standard
/// error is seen at once.
///
/// # Panics
///
/// If it fails.
#[must_use]
pub fn said(arguments: &[&str]) -> String {
    let output =
        again(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("this program runs");
    assert!(output.status.success(), "{arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("the program writes numbers")
}

/// The numbers on a line that a process of ours has written.
///
/// # Panics
///
/// If it holds something else, or not as many.
#[must_use]
pub fn numbers<const COUNT: usize>(line: &str) -> [u64; COUNT] {
    let numbers: Vec<u64> =
        line.split_whitespace().map(|number| number.parse().expect("a whole number")).collect();
    numbers.try_into().expect("both processes are of one program")
}

/// Says early, and clearly, that this bench needs Linux.
///
/// # Panics
///
/// Elsewhere.
pub fn only_on_linux() {
    if cfg!(not(target_os = "linux")) {
        panic!("this bench asks Linux what a process costs: it runs nowhere else");
    }
}

/// What all threads of this process have used so far, those that are gone included: in their own code
/// and in the system's.
///
/// # Panics
///
/// Where this is not Linux.
#[must_use]
pub fn cpu_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(time).expect("time passes forwards")
    }
    #[cfg(not(target_os = "linux"))]
    {
        panic!("the CPU time of a process is asked for on Linux only");
    }
}

/// The KiB of memory that this process has in use, as the system counts them.
///
/// # Panics
///
/// Where this is not Linux.
#[must_use]
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says how much");
    line.trim().trim_end_matches(" kB").parse().expect("a whole number of kB")
}
