//! The durations of the phases of a request, as far as reqwest shows them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

use super::bridge::{ConnectionPhases, ReqwestBridge, with_polled};
use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};

/// Starts the measurement of a request, if its phases are measured.
pub(super) fn start(bridge: &mut ReqwestBridge) -> Option<Instant> {
    bridge.phases.as_mut().map(|phases| {
        // The last request of the call has left its own.
        *phases = ConnectionPhases::default();
        Instant::now()
    })
}

/// Sets the attributes of the phases up to the response's headers.
pub(super) fn record(context: &Context, bridge: &ReqwestBridge, start: Option<Instant>) {
    let (Some(phases), Some(start)) = (&bridge.phases, start) else { return };
    let set = |key: &'static str, duration: Duration| {
        context.span().set_attribute(KeyValue::new(key, duration.as_secs_f64()));
    };
    set("spanwise.phase.first_byte", start.elapsed());
    if let Some(dns) = phases.dns {
        set("spanwise.phase.dns", dns);
    }
    if let Some(connection) = phases.connection {
        set("spanwise.phase.connect", connection.saturating_sub(phases.dns.unwrap_or_default()));
    }
}

fn note(set: impl FnOnce(&mut ConnectionPhases)) {
    with_polled(|bridge| bridge.phases.as_mut().map(set));
}

/// The system's resolver, which reqwest uses by default, with its duration measured.
#[derive(Debug)]
pub(super) struct TimedResolver;

impl Resolve for TimedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let start = Instant::now();
            // reqwest sets the port.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            note(|phases| phases.dns = Some(start.elapsed()));
            Ok(Box::new(found?.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// A layer that measures how long the connector takes.
#[derive(Clone, Debug)]
pub(super) struct PhasesLayer;

impl<S> Layer<S> for PhasesLayer {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> TimedConnector<S> {
        TimedConnector { inner }
    }
}

#[derive(Clone, Debug)]
pub(super) struct TimedConnector<S> {
    inner: S,
}

impl<S: Service<T>, T> Service<T> for TimedConnector<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, to: T) -> Self::Future {
        Connecting { inner: self.inner.call(to), start: Instant::now() }
    }
}

pin_project! {
    #[derive(Debug)]
    pub(super) struct Connecting<F> {
        #[pin]
        inner: F,
        start: Instant,
    }
}

impl<F: Future> Future for Connecting<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.inner.poll(task);
        if polled.is_ready() {
            note(|phases| phases.connection = Some(this.start.elapsed()));
        }
        polled
    }
}
