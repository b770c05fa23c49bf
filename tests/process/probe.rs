//! Starting the probe (`tests/programs/probe`).

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// The probe, with only these `OTEL_*` variables.
pub(crate) fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = clean(Command::new(env!("CARGO_BIN_EXE_probe")), environment);
    command.args(arguments).env("RUST_BACKTRACE", "0").env("NO_PROXY", "*");
    command
}

/// Python, with the same environment.
pub(crate) fn python_command(python: &std::path::Path, environment: &[(&str, &str)]) -> Command {
    clean(Command::new(python), environment)
}

/// Variables of the configuration, and of a cloud that the tests may run in.
const OF_PLATFORMS: [&str; 13] = [
    "OTEL_",
    "KUBERNETES_SERVICE_HOST",
    "AWS_LAMBDA_",
    "AWS_EXECUTION_ENV",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "ECS_",
    "K_SERVICE",
    "GAE_",
    "CLOUD_RUN_",
    "FUNCTION_",
    "WEBSITE_",
    "CONTAINER_APP_",
    "FUNCTIONS_",
];

fn clean(mut command: Command, environment: &[(&str, &str)]) -> Command {
    for (name, _) in std::env::vars_os() {
        if OF_PLATFORMS.iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    command.envs(environment.iter().copied());
    command
}

/// Runs the probe to its end.
pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    command(arguments, environment).output().expect("the probe runs")
}

/// The probe's standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The probe's standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A probe that the test controls while it runs. Killed when dropped.
pub(crate) struct Running {
    process: Child,
    pub(crate) stdin: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = command(arguments, environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the probe starts");
        let stdin = process.stdin.take();
        let lines = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, stdin, lines }
    }

    /// The next line of its standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    #[cfg(unix)]
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it ends. Returns the exit status.
    #[cfg(unix)]
    pub(crate) fn status(&mut self) -> Option<i32> {
        self.process.wait().expect("an end").code()
    }

    /// Closes its standard input, which asks it to stop.
    pub(crate) fn ask_to_stop(&mut self) {
        drop(self.stdin.take());
    }

    /// Closes its standard input and waits until it ends. Returns the rest of both outputs.
    pub(crate) fn stop(mut self) -> (String, String) {
        self.ask_to_stop();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.lines.read_to_string(&mut stdout).expect("text");
        self.process.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
        assert!(self.process.wait().expect("an end").success(), "{stderr}");
        (stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
