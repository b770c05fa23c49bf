//! A panic that ends the process at once, in programs that are built with `panic = "abort"`.

use std::time::Duration;

use crate::diag;
use crate::export::{Exporter, THREAD_NAME};

/// Lets the thread that panics wait, as long as a shutdown may take, until what has ended is sent or spooled.
pub(super) fn flush_before(exporter: Exporter, within: Duration) {
    if cfg!(not(panic = "abort")) {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        // The exporter would wait for itself.
        if std::thread::current().name() == Some(THREAD_NAME) {
            return;
        }
        if let Err(error) = exporter.shut_down_blocking(within) {
            diag::warn(format_args!("before the process dies {error}; {}", exporter.report()));
        }
    }));
}
