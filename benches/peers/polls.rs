//! A future that is polled many times, driven by hand: what is around it is paid for at each poll.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::CALLS;

/// Pending so many times.
pub(crate) struct Pending(pub(crate) u32);

impl Future for Pending {
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

/// Polls a future to its end: as often as it is pending, and once more.
pub(crate) fn drive(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut task = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut task).is_pending() {}
}

/// Without any instrumentation.
pub(crate) fn bare() {
    drive(Pending(CALLS));
}
