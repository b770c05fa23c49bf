//! A future that is polled many times, without a runtime. Whatever is wrapped around it costs something at each poll.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::CALLS;

/// A future that is pending so many times before it is ready.
pub(crate) struct PendingFor(pub(crate) u32);

impl Future for PendingFor {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _task: &mut Context<'_>) -> Poll<()> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = black_box(left);
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

/// Polls a future until it is ready.
pub(crate) fn drive(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut task = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut task).is_pending() {}
}

/// Drives the future without instrumentation.
pub(crate) fn bare() {
    drive(PendingFor(CALLS));
}
