//! Processes of a bench: it starts its own program again in another role, and asks the system what that process costs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Returns the arguments of this process, without the program's name.
#[must_use]
pub fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// Returns whether `cargo bench` started this process. `cargo test --benches` starts it as well, only to see that it runs.
#[must_use]
pub fn is_bench_run() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Returns the command that starts this program again with these arguments, without the `OTEL_*` variables of whoever runs
/// the bench.
///
/// # Panics
///
/// If the system does not know the path of this program.
#[must_use]
pub fn this_program(arguments: &[&str]) -> Command {
    let mut command =
        Command::new(std::env::current_exe().expect("the system knows the path of this program"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Runs this program again, to its end, and returns its standard output. Its standard error goes to that of this process.
///
/// # Panics
///
/// If it fails.
#[must_use]
pub fn output_of(arguments: &[&str]) -> String {
    let output = this_program(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("this program starts");
    assert!(output.status.success(), "{arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("the program prints text")
}

/// Returns the numbers on a line that another process of this program printed.
///
/// # Panics
///
/// If the line contains anything else, or another count of numbers.
#[must_use]
pub fn parse_numbers<const COUNT: usize>(line: &str) -> [u64; COUNT] {
    let numbers: Vec<u64> =
        line.split_whitespace().map(|number| number.parse().expect("a whole number")).collect();
    numbers.try_into().expect("both processes agree on the count of numbers")
}

/// This program as a server in another process. Dropping it kills the process.
#[derive(Debug)]
pub struct ServerProcess {
    process: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl ServerProcess {
    /// Starts this program with these arguments, and waits until it prints its URL, as its first line.
    ///
    /// # Panics
    ///
    /// If the program does not start.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let mut process = this_program(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("standard output is a pipe"));
        let mut url = String::new();
        stdout.read_line(&mut url).expect("the server prints its URL");
        Self { process, stdout, url: url.trim_end().to_owned() }
    }

    /// Returns the URL that the server printed.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks the server to stop, by closing its standard input, and returns what it prints before it ends.
    ///
    /// # Panics
    ///
    /// If its output cannot be read.
    #[must_use]
    pub fn stop(mut self) -> String {
        drop(self.process.stdin.take());
        let mut output = String::new();
        self.stdout.read_to_string(&mut output).expect("the server prints its results");
        output
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Stops a bench that needs Linux, before it measures anything.
///
/// # Panics
///
/// On any other system.
pub fn require_linux() {
    if cfg!(not(target_os = "linux")) {
        panic!("this bench runs only on Linux: it asks the system what a process costs");
    }
}

/// Returns the CPU time that all threads of this process have used, including threads that have ended: in user space and
/// in the kernel.
///
/// # Panics
///
/// On any system but Linux.
#[must_use]
pub fn cpu_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(time).expect("CPU time is not negative")
    }
    #[cfg(not(target_os = "linux"))]
    {
        panic!("the CPU time of a process is known only on Linux");
    }
}

/// Returns the resident memory of this process, in KiB.
///
/// # Panics
///
/// On any system but Linux.
#[must_use]
pub fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this system is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux reports VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a whole number of kB")
}
