//! A service's process, as the operator sees it.

use std::error::Error;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
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
    logs: Arc<Mutex<Vec<String>>>,
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
        let logs = Arc::new(Mutex::new(Vec::new()));
        let reading = tokio::spawn(read_lines(stderr, Arc::clone(&logs)));

        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let Ok(Ok(Some(line))) = first else {
            let _ = process.start_kill();
            let status = process.wait().await?;
            let _ = reading.await;
            let said = logs.lock().unwrap_or_else(PoisonError::into_inner).join("\n  ");
            return Err(format!("{} did not start ({status}); it said:\n  {said}", service.name()).into());
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
        let logs = std::mem::take(&mut *self.logs.lock().unwrap_or_else(PoisonError::into_inner));
        self.check(status, &logs)?;
        Ok(logs)
    }

    /// Resolves when the service ends without having been asked to, and says so.
    pub(crate) async fn dies(&mut self) -> Box<dyn Error> {
        let status = match self.process.wait().await {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        let _ = (&mut self.reading).await;
        let said = self.logs.lock().unwrap_or_else(PoisonError::into_inner).join("\n  ");
        format!("{} ended by itself ({status}); it said:\n  {said}", self.service.name()).into()
    }

    fn check(&self, status: ExitStatus, logs: &[String]) -> Result<(), Box<dyn Error>> {
        if status.success() {
            return Ok(());
        }
        Err(format!("{} failed ({status}); it said:\n  {}", self.service.name(), logs.join("\n  ")).into())
    }

    pub(crate) fn name(&self) -> &'static str {
        self.service.name()
    }
}

async fn read_lines(from: impl AsyncRead + Unpin, into: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        into.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}
