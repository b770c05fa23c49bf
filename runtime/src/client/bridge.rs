//! A bridge between a request and reqwest's redirect policy, resolver and connector.
//!
//! These belong to the client, not to the request. They run on the thread that polls the request's future, so a thread-local
//! variable says which request they run for.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use http::StatusCode;
use pin_project_lite::pin_project;
use reqwest::{Url, redirect};

use super::redirect::{BadScheme, RedirectAction, RedirectAttempt, RedirectPolicy};

/// What a request passes into reqwest and gets out of it.
#[derive(Debug, Default)]
pub(super) struct ReqwestBridge {
    /// The URLs of the call so far.
    pub(super) previous: Vec<Url>,
    pub(super) redirects: RedirectPolicy,
    /// Whether a redirect to `http` is an error.
    pub(super) is_https_only: bool,
    /// The URL to follow next.
    pub(super) follow: Option<Url>,
    /// The status of the last redirect.
    pub(super) redirect_status: Option<StatusCode>,
    /// `None` if phases are not measured.
    pub(super) phases: Option<ConnectionPhases>,
}

/// How long it took to make the connection of a request; `None` where there was one already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectionPhases {
    pub(super) dns: Option<Duration>,
    /// All of it: DNS, TCP, TLS.
    pub(super) connection: Option<Duration>,
}

thread_local! {
    /// The bridge of the request that this thread is polling.
    static POLLED: RefCell<Option<Box<ReqwestBridge>>> = const { RefCell::new(None) };
}

/// Calls `use_bridge` with the bridge of the request that this thread is polling. `None` if it polls no request.
pub(super) fn with_polled<T>(use_bridge: impl FnOnce(&mut ReqwestBridge) -> T) -> Option<T> {
    let mut taken = TakenBridge(POLLED.try_with(RefCell::take).ok()?);
    taken.0.as_deref_mut().map(use_bridge)
}

/// A bridge that is out of its place while it is in use, because its user may poll another request. Dropping this puts it back.
struct TakenBridge(Option<Box<ReqwestBridge>>);

impl Drop for TakenBridge {
    fn drop(&mut self) {
        let bridge = self.0.take();
        let _ = POLLED.try_with(|polled| polled.replace(bridge));
    }
}

/// reqwest's redirect policy. It never follows: it notes what the client's own policy decides.
pub(super) fn policy() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let decision = with_polled(|bridge| {
            let mut previous = std::mem::take(&mut bridge.previous);
            previous.extend_from_slice(attempt.previous());
            let redirect =
                RedirectAttempt { status: attempt.status(), url: attempt.url(), previous: &previous };
            let is_possible = match attempt.url().scheme() {
                "https" => true,
                "http" => !bridge.is_https_only,
                _ => false,
            };
            let decision = match bridge.redirects.decide(&redirect) {
                // The request would fail before it leaves.
                RedirectAction::Follow if !is_possible => RedirectAction::Error(Box::new(BadScheme)),
                decision => decision,
            };
            bridge.redirect_status = Some(attempt.status());
            bridge.follow = matches!(decision, RedirectAction::Follow).then(|| attempt.url().clone());
            bridge.previous = previous;
            decision
        });
        match decision {
            Some(RedirectAction::Error(error)) => attempt.error(error),
            _ => attempt.stop(),
        }
    })
}

pin_project! {
    /// The future of a request with its bridge, which it returns together with the output.
    #[derive(Debug)]
    pub(super) struct BridgedFuture<F> {
        #[pin]
        future: F,
        // In a box, because each poll moves it.
        bridge: Option<Box<ReqwestBridge>>,
    }
}

impl<F> BridgedFuture<F> {
    pub(super) const fn new(future: F, bridge: Box<ReqwestBridge>) -> Self {
        Self { future, bridge: Some(bridge) }
    }
}

impl<F: Future> Future for BridgedFuture<F> {
    type Output = (F::Output, Box<ReqwestBridge>);

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let installed = InstalledBridge::new(this.bridge);
        let polled = this.future.poll(task);
        drop(installed);
        polled.map(|output| (output, this.bridge.take().unwrap_or_default()))
    }
}

/// The bridge in its place while its request is polled. Dropping this takes it out again, and restores the bridge of a request
/// around this one.
struct InstalledBridge<'a> {
    bridge: &'a mut Option<Box<ReqwestBridge>>,
    outer: Option<Box<ReqwestBridge>>,
}

impl<'a> InstalledBridge<'a> {
    fn new(bridge: &'a mut Option<Box<ReqwestBridge>>) -> Self {
        let own = bridge.take();
        let outer = POLLED.try_with(|polled| polled.replace(own)).ok().flatten();
        Self { bridge, outer }
    }
}

impl Drop for InstalledBridge<'_> {
    fn drop(&mut self) {
        let outer = self.outer.take();
        *self.bridge = POLLED.try_with(|polled| polled.replace(outer)).ok().flatten();
    }
}
