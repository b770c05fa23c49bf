//! An annotated async function's future: nothing but the arguments until it is first polled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use pin_project_lite::pin_project;

use super::future::Traced;
use super::outcome::Outcome;
use super::start::Start;

pin_project! {
    /// Begins its span at the first poll, as an async function begins its body then.
    ///
    /// The closure that holds the arguments gives way to the future that they are moved into: the
    /// arguments are there once, as in the plain function's future.
    #[must_use = "futures do nothing unless polled"]
    pub struct Lazy<B, F, O> {
        #[pin]
        state: State<B, F, O>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[project_replace = StateTaken]
    enum State<B, F, O> {
        Waiting { begin: B, outcome: O },
        Running { #[pin] traced: Traced<F, O> },
        Gone,
    }
}

impl<B, F, O> std::fmt::Debug for Lazy<B, F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lazy").finish_non_exhaustive()
    }
}

impl<B, F, O> Lazy<B, F, O>
where
    B: FnOnce() -> (Start, F),
    F: Future,
    O: FnOnce(&F::Output) -> Outcome<'_>,
{
    /// `begin` makes the span and the function's own future.
    #[inline]
    pub fn new(begin: B, outcome: O) -> Self {
        Self { state: State::Waiting { begin, outcome } }
    }
}

impl<B, F, O> Future for Lazy<B, F, O>
where
    B: FnOnce() -> (Start, F),
    F: Future,
    O: FnOnce(&F::Output) -> Outcome<'_>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let mut state = self.project().state;
        if let StateProjection::Waiting { .. } = state.as_mut().project()
            && let StateTaken::Waiting { begin, outcome } = state.as_mut().project_replace(State::Gone)
        {
            let (start, future) = begin();
            state.set(State::Running { traced: Traced::going_on(start.open(), future, outcome) });
        }
        match state.project() {
            StateProjection::Running { traced } => traced.poll(task),
            // Making the span panicked: that went to whoever polled then.
            StateProjection::Waiting { .. } | StateProjection::Gone => Poll::Pending,
        }
    }
}
