//! A way through reqwest: what its policy and its connector are asked in, and tell of, the request that is being polled.
//!
//! Both are the client's, not the request's. They run while the request's future is polled, on the same thread, so that a
//! thread-local variable tells them which it is.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use http::StatusCode;
use pin_project_lite::pin_project;
use reqwest::{Url, redirect};

use super::phases::Phases;
use super::redirect::{Redirect, RedirectDecision, Redirects};

/// What is asked and told.
#[derive(Debug, Default)]
pub(super) struct Bridge {
    /// Where the call has been so far.
    pub(super) previous: Vec<Url>,
    pub(super) redirects: Redirects,
    /// Where it is to go next.
    pub(super) follow: Option<Url>,
    /// The status of a redirect.
    pub(super) redirected_with: Option<StatusCode>,
    /// Where reqwest is told to say how it gets its connections.
    pub(super) phases: Option<Phases>,
}

thread_local! {
    static POLLED: RefCell<Option<Box<Bridge>>> = const { RefCell::new(None) };
}

/// A look at the request that is being polled on this thread.
pub(super) fn with_polled<T>(look: impl FnOnce(&mut Bridge) -> T) -> Option<T> {
    let mut looking = Looking(POLLED.try_with(RefCell::take).ok()?);
    looking.0.as_deref_mut().map(look)
}

/// The bridge, out of its place while someone looks at it, who may poll another request.
struct Looking(Option<Box<Bridge>>);

impl Drop for Looking {
    fn drop(&mut self) {
        let bridge = self.0.take();
        let _ = POLLED.try_with(|polled| polled.replace(bridge));
    }
}

/// reqwest's part: it never follows, and gives an error where ours does.
pub(super) fn policy() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let decided = with_polled(|bridge| {
            let mut previous = std::mem::take(&mut bridge.previous);
            previous.extend_from_slice(attempt.previous());
            let redirect = Redirect { status: attempt.status(), url: attempt.url(), previous: &previous };
            let decision = bridge.redirects.decide(&redirect);
            bridge.redirected_with = Some(attempt.status());
            bridge.follow = matches!(decision, RedirectDecision::Follow).then(|| attempt.url().clone());
            bridge.previous = previous;
            decision
        });
        match decided {
            Some(RedirectDecision::Error(error)) => attempt.error(error),
            _ => attempt.stop(),
        }
    })
}

pin_project! {
    /// A request that is being sent, and its bridge.
    #[derive(Debug)]
    pub(super) struct Bridged<F> {
        #[pin]
        future: F,
        // Moved in each poll, and so in a box.
        bridge: Option<Box<Bridge>>,
    }
}

impl<F> Bridged<F> {
    pub(super) const fn new(future: F, bridge: Box<Bridge>) -> Self {
        Self { future, bridge: Some(bridge) }
    }
}

impl<F: Future> Future for Bridged<F> {
    type Output = (F::Output, Box<Bridge>);

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polling = Polling::begin(this.bridge);
        let polled = this.future.poll(task);
        drop(polling);
        polled.map(|output| (output, this.bridge.take().unwrap_or_default()))
    }
}

/// The bridge stands, whatever happens in between; and another request's, around this one, comes back.
struct Polling<'a> {
    bridge: &'a mut Option<Box<Bridge>>,
    around: Option<Box<Bridge>>,
}

impl<'a> Polling<'a> {
    fn begin(bridge: &'a mut Option<Box<Bridge>>) -> Self {
        let own = bridge.take();
        let around = POLLED.try_with(|polled| polled.replace(own)).ok().flatten();
        Self { bridge, around }
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        let around = self.around.take();
        *self.bridge = POLLED.try_with(|polled| polled.replace(around)).ok().flatten();
    }
}
