//! The signals that ask the process to end.

use std::time::Duration;

#[derive(Debug)]
pub(super) struct Signals {
    listener: Option<system::Listener>,
    /// How long the shutdown may take after a signal.
    pub(super) timeout: Duration,
}

impl Signals {
    /// Listens from now on, if there is a timeout. Must be called inside of the exporter's runtime.
    pub(super) fn new(timeout: Option<Duration>) -> Self {
        Self { listener: timeout.and_then(|_| system::listen()), timeout: timeout.unwrap_or_default() }
    }

    /// Whether signals are handled here. If so, the system never ends the process by itself on one of them.
    pub(super) const fn are_handled(&self) -> bool {
        self.listener.is_some()
    }

    /// Waits for a signal. Returns the exit status of a process that it ends.
    pub(super) async fn next_exit_status(&mut self) -> i32 {
        match &mut self.listener {
            Some(listener) => system::next_exit_status(listener).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::diag;

    #[derive(Debug)]
    pub(super) struct Listener {
        terminate: Signal,
        interrupt: Signal,
    }

    pub(super) fn listen() -> Option<Listener> {
        let listen = || {
            Ok::<_, std::io::Error>(Listener {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        };
        listen()
            .inspect_err(|error| {
                diag::warn(format_args!(
                    "cannot handle signals: {error}; a signal ends the process without exporting spans"
                ));
            })
            .ok()
    }

    /// 128 plus the signal's number, as shells have it.
    pub(super) async fn next_exit_status(listener: &mut Listener) -> i32 {
        let number = tokio::select! {
            _ = listener.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = listener.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        };
        128 + number
    }
}

#[cfg(windows)]
mod system {
    use tokio::signal::windows::{CtrlC, ctrl_c};

    use crate::diag;

    pub(super) type Listener = CtrlC;

    pub(super) fn listen() -> Option<Listener> {
        ctrl_c()
            .inspect_err(|error| {
                diag::warn(format_args!(
                    "cannot handle Ctrl-C: {error}; it ends the process without exporting spans"
                ));
            })
            .ok()
    }

    pub(super) async fn next_exit_status(listener: &mut Listener) -> i32 {
        match listener.recv().await {
            Some(()) => 130,
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(any(unix, windows)))]
mod system {
    pub(super) type Listener = std::convert::Infallible;

    pub(super) const fn listen() -> Option<Listener> {
        None
    }

    pub(super) async fn next_exit_status(listener: &mut Listener) -> i32 {
        match *listener {}
    }
}
