//! A service's process, as the operator sees it.

use std::error::Error;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child as Process, ChildStdin, Command};
use tokio::task::JoinHandle;

use crate::service::{LISTENING, Service};

/// How long a service may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running service. Dropping it kills the process; [`Child::stop`] asks it to go.
pub(crate) struct Child {
    service: Service,
    process: Process,
    /// Open for as long as the service is to run. Held here, because waiting for a process would close
    /// it.
    stdin: Option<ChildStdin>,
    /// Where it listens.
    pub(crate) url: String,
    logs: Logs,
    reading: JoinHandle<()>,
}

impl Child {
    /// Starts a service, and waits until it listens.
    pub(crate) async fn start(
        service: Service,
        port: u16,
        environment: &[(String, String)],
    ) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["service", service.name(), &port.to_string()])
            .env("OTEL_SERVICE_NAME", service.name())
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .envs(service.environment().iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", service.name()))?;
        let (Some(stdout), Some(stderr)) = (process.stdout.take(), process.stderr.take()) else {
            return Err("a process was started without pipes".into());
        };
        let stdin = process.stdin.take();
        let logs = Logs::default();
        let reading = tokio::spawn(read_lines(stderr, Arc::clone(&logs)));

        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let Ok(Ok(Some(line))) = first else {
            let _ = process.start_kill();
            let status = process.wait().await?;
            let _ = reading.await;
            return Err(complaint(service, "did not start", status, &logs));
        };
        let address = line.strip_prefix(LISTENING).ok_or_else(|| format!("{}: {line}", service.name()))?;
        Ok(Self { service, process, stdin, url: format!("http://{address}"), logs, reading })
    }

    /// Asks the service to stop, by closing its standard input.
    pub(crate) fn ask_to_stop(&mut self) {
        drop(self.stdin.take());
    }

    /// Asks the service to stop, and waits; its log lines are returned.
    pub(crate) async fn stop(mut self) -> Result<Vec<String>, Box<dyn Error>> {
        self.ask_to_stop();
        let status = match tokio::time::timeout(PATIENCE, self.process.wait()).await {
            Ok(status) => status?,
            Err(_) => {
                self.process.kill().await?;
                return Err(format!(
                    "{} did not stop within {PATIENCE:?} and was killed",
                    self.service.name()
                )
                .into());
            }
        };
        let _ = (&mut self.reading).await;
        if !status.success() {
            return Err(complaint(self.service, "failed", status, &self.logs));
        }
        Ok(std::mem::take(&mut *lines_of(&self.logs)))
    }

    /// Resolves when the service ends without having been asked to, and says so.
    pub(crate) async fn dies(&mut self) -> Box<dyn Error> {
        let status = match self.process.wait().await {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        let _ = (&mut self.reading).await;
        complaint(self.service, "ended by itself", status, &self.logs)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.service.name()
    }
}

/// What a service has said on standard error so far, a line each.
type Logs = Arc<Mutex<Vec<String>>>;

fn lines_of(logs: &Logs) -> MutexGuard<'_, Vec<String>> {
    logs.lock().unwrap_or_else(PoisonError::into_inner)
}

fn complaint(service: Service, what: &str, status: ExitStatus, logs: &Logs) -> Box<dyn Error> {
    format!("{} {what} ({status}); it said:\n  {}", service.name(), lines_of(logs).join("\n  ")).into()
}

async fn read_lines(from: impl AsyncRead + Unpin, into: Logs) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        lines_of(&into).push(line);
    }
}
