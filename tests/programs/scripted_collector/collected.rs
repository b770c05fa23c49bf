//! What the collector has received, and how it answers.

use std::collections::HashSet;
use std::fmt;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::sync::watch;

use crate::mode::Mode;

/// State that the connections and the commands share.
#[derive(Debug)]
pub(crate) struct Collector {
    start: Instant,
    collected: watch::Sender<Collected>,
}

/// What was received.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    mode: Mode,
    /// When each request came, in milliseconds since the start.
    pub(crate) arrivals: Vec<u128>,
    pub(crate) compressed: usize,
    /// The size of the largest request that was accepted.
    pub(crate) largest: usize,
    /// Spans of complete requests.
    pub(crate) seen: Ids,
    /// Spans that the collector has accepted, whether or not its answer arrived.
    pub(crate) taken: Ids,
}

/// Spans by their ids.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    distinct: HashSet<String>,
    /// How many came again.
    again: usize,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Accepted, except for this many spans.
    Taken {
        rejected: usize,
    },
    /// Refused for now.
    Unavailable,
    /// Refused for good.
    Invalid,
    Unauthenticated,
    /// Refused with these statuses.
    Refused {
        grpc: i32,
        http: u16,
    },
    /// Larger than the limit.
    TooLarge(usize),
    /// Overloaded, with the optional time to wait.
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
        // Fails only if the sender is gone, which is this struct.
        let _ = self.collected.subscribe().wait_for(enough).await;
    }

    /// A request starts to arrive. Returns the mode that serves it to its end, even if the mode changes meanwhile.
    pub(crate) fn arrives(&self, is_compressed: bool) -> Mode {
        let now = self.start.elapsed().as_millis();
        self.collected.send_modify(|collected| {
            collected.arrivals.push(now);
            collected.compressed += usize::from(is_compressed);
        });
        self.look(|collected| collected.mode)
    }

    /// A request has arrived completely.
    pub(crate) async fn answer(&self, mode: Mode, request: ExportTraceServiceRequest) -> Answer {
        let ids = ids(&request);
        self.collected.send_modify(|collected| collected.seen.add(&ids));
        let rejected = match mode {
            Mode::Poison { grpc, http } if names(&request).any(|name| name == "poison") => {
                return Answer::Refused { grpc, http };
            }
            Mode::Limit(bytes) if request.encoded_len() > bytes => return Answer::TooLarge(bytes),
            Mode::Healthy
            | Mode::Garbage
            | Mode::Lose
            | Mode::Poison { .. }
            | Mode::Limit(_)
            | Mode::LimitOfProxy(_)
            | Mode::Redirect(_)
            | Mode::Long => 0,
            Mode::Slow(time) => {
                tokio::time::sleep(time).await;
                0
            }
            Mode::Partial(spans) => spans.min(ids.len()),
            Mode::Unavailable => return Answer::Unavailable,
            Mode::Invalid => return Answer::Invalid,
            Mode::Unauthenticated => return Answer::Unauthenticated,
            Mode::Exhausted(time) => return Answer::Exhausted(Some(time)),
            Mode::ExhaustedForGood => return Answer::Exhausted(None),
            Mode::Never | Mode::Break | Mode::Page => std::future::pending().await,
        };
        self.collected.send_modify(|collected| {
            collected.taken.add(&ids[..ids.len() - rejected]);
            collected.largest = collected.largest.max(request.encoded_len());
        });
        Answer::Taken { rejected }
    }
}

fn spans(request: &ExportTraceServiceRequest) -> impl Iterator<Item = &Span> {
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| &scope.spans)
}

fn names(request: &ExportTraceServiceRequest) -> impl Iterator<Item = &str> {
    spans(request).map(|span| span.name.as_str())
}

fn ids(request: &ExportTraceServiceRequest) -> Vec<String> {
    spans(request).map(|span| span.span_id.iter().map(|byte| format!("{byte:02x}")).collect()).collect()
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
