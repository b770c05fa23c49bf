//! Starts and controls the scripted collector (`tests/programs/scripted_collector`).

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A new file path for each call.
pub(crate) fn scratch() -> PathBuf {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let name = format!("process-{}-{}", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
    [env!("CARGO_TARGET_TMPDIR"), &name].iter().collect()
}

/// The lines of a file, which is removed.
pub(crate) fn ids_in(path: &PathBuf) -> HashSet<String> {
    let text = std::fs::read_to_string(path).expect("it was written");
    std::fs::remove_file(path).expect("it is there");
    text.lines().map(str::to_owned).collect()
}

/// A collector that follows commands. Killed when dropped.
pub(crate) struct Scripted {
    process: Child,
    stdin: ChildStdin,
    lines: BufReader<ChildStdout>,
    address: String,
}

/// How many spans it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Came {
    /// Counted by their ids.
    pub(crate) distinct: usize,
    pub(crate) again: usize,
}

impl Scripted {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_scripted-collector"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the collector starts");
        let stdin = process.stdin.take().expect("a pipe");
        let lines = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut collector = Self { process, stdin, lines, address: String::new() };
        collector.address = collector.line();
        collector
    }

    /// The value of `OTEL_EXPORTER_OTLP_ENDPOINT`, for both protocols.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a command whose reply is `ok`.
    pub(crate) fn command(&mut self, command: &str) {
        assert_eq!(self.ask(command), "ok", "{command}");
    }

    /// Sends a command, and returns the reply.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        writeln!(self.stdin, "{command}").expect("the collector listens");
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    fn numbers(&mut self, command: &str) -> Vec<u64> {
        let answer = self.ask(command);
        answer.split(' ').map(|word| word.parse().unwrap_or_else(|_| panic!("{command}: {answer}"))).collect()
    }

    fn came(&mut self, command: &str) -> Came {
        let numbers = self.ask(command);
        let (distinct, again) = numbers.split_once(' ').expect("two numbers");
        Came { distinct: distinct.parse().expect("a number"), again: again.parse().expect("a number") }
    }

    /// The spans that it accepted.
    pub(crate) fn taken(&mut self) -> Came {
        self.came("count")
    }

    /// The spans of all requests, accepted or not.
    pub(crate) fn seen(&mut self) -> Came {
        self.came("seen")
    }

    /// The ids of the spans that it accepted.
    pub(crate) fn ids(&mut self) -> HashSet<String> {
        let path = scratch();
        self.command(&format!("ids {}", path.display()));
        ids_in(&path)
    }

    /// When each request came, in milliseconds.
    pub(crate) fn arrivals(&mut self) -> Vec<u64> {
        self.numbers("requests").split_off(1)
    }

    pub(crate) fn number(&mut self, command: &str) -> u64 {
        self.numbers(command)[0]
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
