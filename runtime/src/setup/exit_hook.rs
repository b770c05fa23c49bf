//! Exports what has ended when the program calls `std::process::exit`, which runs no destructor.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::diag;
use crate::export::destination::destination::CLOSE_GRACE;
use crate::export::{Exporter, THREAD_NAME};

/// What the end of the process shuts down, and how long that may take.
static AT_EXIT: Mutex<Option<(Exporter, Duration)>> = Mutex::new(None);

/// Shuts this exporter down at the end of the process.
pub(super) fn install(exporter: Exporter, timeout: Duration) {
    let before = AT_EXIT.lock().unwrap_or_else(PoisonError::into_inner).replace((exporter, timeout));
    if before.is_none() && !system::call_at_exit() {
        diag::warn(
            "`flush_on_exit` has no effect on this system: call `Guard::shutdown` before `std::process::exit`",
        );
    }
}

#[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has the hook"))]
fn flush() {
    // The exporter's thread would wait for itself.
    if std::thread::current().name() == Some(THREAD_NAME) {
        return;
    }
    // A fork may have copied the lock while it was held.
    let Ok(mut at_exit) = AT_EXIT.try_lock() else { return };
    let Some((exporter, timeout)) = at_exit.take().filter(|(exporter, _)| !exporter.is_inherited()) else {
        return;
    };
    drop(at_exit);
    // `ShutDown`: the guard has done it.
    if let Err(error) = exporter.shut_down_blocking(timeout)
        && !matches!(error, crate::error::ExportError::ShutDown)
    {
        diag::warn(format_args!("at the end of the process: {error}; {}", exporter.report()));
    }
    diag::flush(CLOSE_GRACE);
}

#[cfg(unix)]
mod system {
    extern "C" fn at_exit() {
        // A panic must not leave a function of C.
        let _ = std::panic::catch_unwind(super::flush);
    }

    #[expect(unsafe_code, reason = "a function of C")]
    pub(super) fn call_at_exit() -> bool {
        // SAFETY: the registered function exists as long as the program.
        unsafe { libc::atexit(at_exit) == 0 }
    }
}

/// `ExitProcess` of Windows calls nothing.
#[cfg(not(unix))]
mod system {
    pub(super) const fn call_at_exit() -> bool {
        false
    }
}
