//! An exporter of the application's own: OpenTelemetry's `SpanExporter`.

use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter, SpanLinks};

use crate::engine::SpanRecord;

/// How long an export may take: the specification's
/// [default](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor)
/// of `OTEL_BSP_EXPORT_TIMEOUT`.
const WITHIN: Duration = Duration::from_secs(30);

/// An exporter of any type.
pub(crate) trait AnyExporter: Debug + Send {
    fn export<'a>(&'a self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + 'a>>;
    fn set_resource(&mut self, resource: &Resource);
    fn shutdown(&mut self, within: Duration) -> OTelSdkResult;
}

impl<E: SpanExporter> AnyExporter for E {
    fn export<'a>(&'a self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + 'a>> {
        Box::pin(SpanExporter::export(self, spans))
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }

    fn shutdown(&mut self, within: Duration) -> OTelSdkResult {
        self.shutdown_with_timeout(within)
    }
}

/// One of an application's, on the exporter's thread.
#[derive(Debug)]
pub(super) struct Custom {
    exporter: Box<dyn AnyExporter>,
    waiting: Vec<SpanData>,
    most: usize,
}

impl Custom {
    pub(super) fn new(mut exporter: Box<dyn AnyExporter>, resource: Vec<KeyValue>, most: usize) -> Self {
        let resource = Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build();
        exporter.set_resource(&resource);
        Self { exporter, waiting: Vec::new(), most }
    }

    /// Takes a span in.
    pub(super) fn take(&mut self, span: SpanRecord) {
        self.waiting.push(span.into());
    }

    /// The next batch, with what became of it; `None` where there is none. One that is not full is exported if `all`
    /// is asked for.
    pub(super) async fn export(&mut self, all: bool) -> Option<(u64, Result<(), String>)> {
        if self.waiting.is_empty() || (self.waiting.len() < self.most && !all) {
            return None;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(self.most));
        let batch = std::mem::replace(&mut self.waiting, rest);
        let spans = batch.len() as u64;
        // Its panics are its own affair, and end nothing of ours.
        let Ok(mut export) = catch_unwind(AssertUnwindSafe(|| self.exporter.export(batch))) else {
            return Some((spans, Err("it panicked".to_owned())));
        };
        let export = std::future::poll_fn(move |task| {
            catch_unwind(AssertUnwindSafe(|| export.as_mut().poll(task))).unwrap_or_else(|_| {
                Poll::Ready(Err(opentelemetry_sdk::error::OTelSdkError::InternalFailure(
                    "it panicked".to_owned(),
                )))
            })
        });
        let done = match tokio::time::timeout(WITHIN, export).await {
            Ok(done) => done.map_err(|error| error.to_string()),
            Err(_) => Err(format!("it took longer than {WITHIN:?}")),
        };
        Some((spans, done))
    }

    pub(super) fn shut_down(&mut self, within: Duration) {
        // What it says of it concerns nobody any more.
        let _ = catch_unwind(AssertUnwindSafe(|| self.exporter.shutdown(within)));
    }
}

impl From<SpanRecord> for SpanData {
    fn from(span: SpanRecord) -> Self {
        let mut events = SpanEvents::default();
        events.events = span.events;
        events.dropped_count = span.dropped_events;
        let mut links = SpanLinks::default();
        links.links = span.links;
        links.dropped_count = span.dropped_links;
        Self {
            span_context: span.context,
            parent_span_id: span.parent_span_id,
            parent_span_is_remote: span.parent_is_remote,
            span_kind: span.kind,
            name: span.name,
            start_time: span.start,
            end_time: span.end,
            attributes: span.attributes,
            dropped_attributes_count: span.dropped_attributes,
            events,
            links,
            status: span.status,
            instrumentation_scope: span.scope,
        }
    }
}
