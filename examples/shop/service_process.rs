//! The process of one service, as the operator sees it.

use std::error::Error;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use crate::service::{LISTENING, ShopService};

/// How long a service may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a service may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// A running service. Dropping it kills the process; [`ServiceProcess::stop`] lets it finish.
pub(crate) struct ServiceProcess {
    service: ShopService,
    process: Child,
    /// The service runs until this pipe is closed. It is kept outside of `process`, because `Child::wait` closes the
    /// pipe that it finds there.
    stdin: Option<ChildStdin>,
    /// The address that the service listens on.
    pub(crate) url: String,
    logs: Logs,
    log_reader: JoinHandle<()>,
}

impl ServiceProcess {
    /// Starts a service and waits until it listens.
    pub(crate) async fn start(
        service: ShopService,
        port: u16,
        environment: &[(String, String)],
    ) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["service", service.name(), &port.to_string()])
            // Spanwise reads this variable: it is the service's name in the traces.
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
        let log_reader = tokio::spawn(read_lines(stderr, Arc::clone(&logs)));

        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(START_TIMEOUT, lines.next_line()).await;
        let Ok(Ok(Some(line))) = first else {
            let _ = process.start_kill();
            let status = process.wait().await?;
            let _ = log_reader.await;
            return Err(service_error(service, "did not start", status, &logs));
        };
        let address = line.strip_prefix(LISTENING).ok_or_else(|| format!("{}: {line}", service.name()))?;
        Ok(Self { service, process, stdin, url: format!("http://{address}"), logs, log_reader })
    }

    /// Asks the service to stop, by closing its standard input.
    pub(crate) fn ask_to_stop(&mut self) {
        drop(self.stdin.take());
    }

    /// Asks the service to stop, waits until it has, and returns its log lines.
    pub(crate) async fn stop(mut self) -> Result<Vec<String>, Box<dyn Error>> {
        self.ask_to_stop();
        let status = match tokio::time::timeout(STOP_TIMEOUT, self.process.wait()).await {
            Ok(status) => status?,
            Err(_) => {
                self.process.kill().await?;
                return Err(format!(
                    "{} did not stop within {STOP_TIMEOUT:?} and was killed",
                    self.service.name()
                )
                .into());
            }
        };
        let _ = (&mut self.log_reader).await;
        if !status.success() {
            return Err(service_error(self.service, "failed", status, &self.logs));
        }
        Ok(std::mem::take(&mut *lines_of(&self.logs)))
    }

    /// Waits until the service ends without having been asked to, and returns what happened as an error.
    pub(crate) async fn unexpected_exit(&mut self) -> Box<dyn Error> {
        let status = match self.process.wait().await {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        let _ = (&mut self.log_reader).await;
        service_error(self.service, "ended unexpectedly", status, &self.logs)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.service.name()
    }
}

/// The lines that a service has written to standard error so far.
type Logs = Arc<Mutex<Vec<String>>>;

fn lines_of(logs: &Logs) -> MutexGuard<'_, Vec<String>> {
    logs.lock().unwrap_or_else(PoisonError::into_inner)
}

fn service_error(service: ShopService, what: &str, status: ExitStatus, logs: &Logs) -> Box<dyn Error> {
    format!("{} {what} ({status}); its log:\n  {}", service.name(), lines_of(logs).join("\n  ")).into()
}

async fn read_lines(from: impl AsyncRead + Unpin, into: Logs) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        lines_of(&into).push(line);
    }
}
