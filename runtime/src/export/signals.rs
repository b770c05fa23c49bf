//! The signals by which a process is asked to end.

use std::time::Duration;

/// Waits for one, where that is asked for.
#[derive(Debug)]
pub(super) struct Signals {
    asked: Option<system::Asked>,
    /// How long the shutdown may take then.
    pub(super) within: Duration,
}

impl Signals {
    /// Whether they are listened to. The system does not end the process by itself then, ever again.
    pub(super) const fn are_listened_to(&self) -> bool {
        self.asked.is_some()
    }

    /// Listens from now on. Must be called within the exporter's runtime.
    pub(super) fn new(on_signal: Option<Duration>) -> Self {
        Self { asked: on_signal.and_then(|_| system::listen()), within: on_signal.unwrap_or_default() }
    }

    /// The exit status of a process that ends by the signal that has come.
    pub(super) async fn asked(&mut self) -> i32 {
        match &mut self.asked {
            Some(asked) => system::next(asked).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::diag;

    #[derive(Debug)]
    pub(super) struct Asked {
        terminate: Signal,
        interrupt: Signal,
    }

    pub(super) fn listen() -> Option<Asked> {
        let listen = || {
            Ok::<_, std::io::Error>(Asked {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        };
        listen()
            .inspect_err(|error| {
                diag::warn(format_args!(
                    "cannot listen to signals: {error}; nothing is sent when one ends the process"
                ));
            })
            .ok()
    }

    /// By a shell's convention: 128 and the signal's number.
    pub(super) async fn next(asked: &mut Asked) -> i32 {
        let number = tokio::select! {
            _ = asked.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = asked.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        };
        128 + number
    }
}

#[cfg(windows)]
mod system {
    use tokio::signal::windows::{CtrlC, ctrl_c};

    use crate::diag;

    pub(super) type Asked = CtrlC;

    pub(super) fn listen() -> Option<Asked> {
        ctrl_c()
            .inspect_err(|error| {
                diag::warn(format_args!(
                    "cannot listen to Ctrl-C: {error}; nothing is sent when it ends the process"
                ));
            })
            .ok()
    }

    pub(super) async fn next(asked: &mut Asked) -> i32 {
        match asked.recv().await {
            Some(()) => 130,
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(any(unix, windows)))]
mod system {
    pub(super) type Asked = std::convert::Infallible;

    pub(super) const fn listen() -> Option<Asked> {
        None
    }

    pub(super) async fn next(asked: &mut Asked) -> i32 {
        match *asked {}
    }
}
