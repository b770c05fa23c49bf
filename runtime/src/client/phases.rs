//! How long the parts of a request took, as far as reqwest shows it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::{Duration, Instant};

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};
use pin_project_lite::pin_project;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

use super::bridge::{Bridge, with_polled};

/// What was seen of a connection that was made for a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Phases {
    dns: Option<Duration>,
    /// All of it: DNS, TCP, TLS.
    connection: Option<Duration>,
}

/// The moment from which on it is told, if it is.
pub(super) fn begin(bridge: &mut Bridge) -> Option<Instant> {
    bridge.phases.as_mut().map(|phases| {
        // Those of the request before.
        *phases = Phases::default();
        Instant::now()
    })
}

/// Tells what was seen until the response's headers were there.
pub(super) fn record(context: &Context, bridge: &Bridge, began: Option<Instant>) {
    let (Some(phases), Some(began)) = (&bridge.phases, began) else { return };
    let put = |key: &'static str, took: Duration| {
        context.span().set_attribute(KeyValue::new(key, took.as_secs_f64()));
    };
    put("spanwise.phase.first_byte", began.elapsed());
    if let Some(dns) = phases.dns {
        put("spanwise.phase.dns", dns);
    }
    if let Some(connection) = phases.connection {
        put("spanwise.phase.connect", connection.saturating_sub(phases.dns.unwrap_or_default()));
    }
}

fn note(set: impl FnOnce(&mut Phases)) {
    with_polled(|bridge| bridge.phases.as_mut().map(set));
}

/// The system's resolver, as reqwest's own, and timed.
#[derive(Debug)]
pub(super) struct TimedResolver;

impl Resolve for TimedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let began = Instant::now();
            // reqwest puts the port in.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            note(|phases| phases.dns = Some(began.elapsed()));
            Ok(Box::new(found?.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// Times what makes a connection.
#[derive(Clone, Debug)]
pub(super) struct PhasesLayer;

impl<S> Layer<S> for PhasesLayer {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Timed<S> {
    inner: S,
}

impl<S: Service<T>, T> Service<T> for Timed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, to: T) -> Self::Future {
        Connecting { inner: self.inner.call(to), began: Instant::now() }
    }
}

pin_project! {
    #[derive(Debug)]
    pub(super) struct Connecting<F> {
        #[pin]
        inner: F,
        began: Instant,
    }
}

impl<F: Future> Future for Connecting<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.inner.poll(task);
        if polled.is_ready() {
            note(|phases| phases.connection = Some(this.began.elapsed()));
        }
        polled
    }
}
