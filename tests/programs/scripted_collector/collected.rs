//! What has come to the collector, and what becomes of it.

use std::collections::HashSet;
use std::fmt;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::sync::watch;

use crate::mode::Mode;

/// Shared by the connections and the commands.
#[derive(Debug)]
pub(crate) struct Collector {
    start: Instant,
    collected: watch::Sender<Collected>,
}

/// What has come.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    mode: Mode,
    /// When each request came, in milliseconds.
    pub(crate) arrivals: Vec<u128>,
    pub(crate) compressed: usize,
    /// Of requests that came whole.
    pub(crate) seen: Ids,
    /// Those that the collector has answered for, or would have.
    pub(crate) taken: Ids,
}

/// Spans, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    distinct: HashSet<String>,
    /// How many came that were there already.
    again: usize,
}

/// What a request is answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Taken, but for so many of its spans.
    Taken {
        rejected: usize,
    },
    /// Not now.
    Unavailable,
    /// Not ever.
    Invalid,
    Unauthenticated,
    /// Too much, with the time to wait where there is one.
    Exhausted(Option<std::time::Duration>),
}

impl Default for Collector {
    fn default() -> Self {
        Self { start: Instant::now(), collected: watch::Sender::default() }
    }
}

impl Collector {
    pub(crate) fn serve(&self, mode: Mode) {
        self.collected.send_modify(|collected| collected.mode = mode);
    }

    pub(crate) fn look<T>(&self, at: impl FnOnce(&Collected) -> T) -> T {
        at(&self.collected.borrow())
    }

    pub(crate) async fn wait_until(&self, enough: impl Fn(&Collected) -> bool) {
        // Fails where the sender is gone, which is here.
        let _ = self.collected.subscribe().wait_for(enough).await;
    }

    /// A request begins to arrive; how it is served to its end, whatever is said meanwhile.
    pub(crate) fn arrives(&self, is_compressed: bool) -> Mode {
        let now = self.start.elapsed().as_millis();
        self.collected.send_modify(|collected| {
            collected.arrivals.push(now);
            collected.compressed += usize::from(is_compressed);
        });
        self.look(|collected| collected.mode)
    }

    /// A request has arrived.
    pub(crate) async fn answer(&self, mode: Mode, request: ExportTraceServiceRequest) -> Answer {
        let ids = ids(&request);
        self.collected.send_modify(|collected| collected.seen.add(&ids));
        let rejected = match mode {
            Mode::Healthy | Mode::Garbage | Mode::Lose => 0,
            Mode::Partial(spans) => spans.min(ids.len()),
            Mode::Unavailable => return Answer::Unavailable,
            Mode::Invalid => return Answer::Invalid,
            Mode::Unauthenticated => return Answer::Unauthenticated,
            Mode::Exhausted(time) => return Answer::Exhausted(Some(time)),
            Mode::ExhaustedForGood => return Answer::Exhausted(None),
            Mode::Never | Mode::Break | Mode::Page => std::future::pending().await,
        };
        self.collected.send_modify(|collected| collected.taken.add(&ids[..ids.len() - rejected]));
        Answer::Taken { rejected }
    }
}

fn ids(request: &ExportTraceServiceRequest) -> Vec<String> {
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let spans = scopes.flat_map(|scope| &scope.spans);
    spans.map(|span| span.span_id.iter().map(|byte| format!("{byte:02x}")).collect()).collect()
}

impl Collected {
    pub(crate) fn requests(&self) -> String {
        let arrivals = self.arrivals.iter().map(u128::to_string);
        std::iter::once(self.arrivals.len().to_string()).chain(arrivals).collect::<Vec<_>>().join(" ")
    }
}

impl Ids {
    fn add(&mut self, ids: &[String]) {
        for id in ids {
            self.again += usize::from(!self.distinct.insert(id.clone()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.distinct.len()
    }

    pub(crate) fn lines(&self) -> String {
        self.distinct.iter().map(|id| format!("{id}\n")).collect()
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.distinct.len(), self.again)
    }
}
