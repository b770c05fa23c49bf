//! Sends one span to a collector, to test the connection.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use opentelemetry::trace::{Span as _, SpanBuilder, TraceId, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;

use crate::engine::clock::Calendar;
use crate::engine::provider::tracer_provider::RecorderProvider;
use crate::engine::queue::span_queue::{QueueLimits, SpanQueue};
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::limits::Limits;
use crate::export::encode::encoder::{BatchLimits, Encoder, MAX_REQUEST_BYTES};
use crate::export::transport::response::ExportResponse;
use crate::export::transport::settings::OtlpSettings;
use crate::export::transport::transport::Transport;
use crate::sampling::config::SamplerConfig;

/// The longest that the response is waited for, whatever the configured timeout: a person waits for it.
const MAX_TIMEOUT: Duration = Duration::from_secs(15);

/// The result of the test.
#[derive(Debug)]
pub(crate) enum TestSpanResult {
    Accepted {
        trace_id: TraceId,
        took: Duration,
    },
    NotAccepted {
        reason: String,
        /// Whether the exporter would keep such a span and send it again.
        is_retryable: bool,
    },
}

/// Sends a span, made by a recorder of its own over a connection of its own, and waits for the response.
pub(crate) fn send_test_span(mut otlp: OtlpSettings, resource: Vec<KeyValue>) -> TestSpanResult {
    let not_accepted = |reason: String| TestSpanResult::NotAccepted { reason, is_retryable: false };
    otlp.timeout = otlp.timeout.min(MAX_TIMEOUT);
    let (sender, received) = mpsc::channel();
    // On a new thread: the caller may be inside a runtime, and a thread keeps the first recorder that it records for.
    let work = move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let _ = sender.send(send(otlp, &resource));
    };
    if let Err(why) = std::thread::Builder::new().name("spanwise-doctor".to_owned()).spawn(work) {
        return not_accepted(format!("cannot start a thread: {why}"));
    }
    match received.recv_timeout(MAX_TIMEOUT + Duration::from_secs(1)) {
        Ok(Ok((trace_id, took, ExportResponse::Accepted { rejected: 0, .. }))) => {
            TestSpanResult::Accepted { trace_id, took }
        }
        Ok(Ok((.., ExportResponse::Accepted { message, .. }))) => {
            not_accepted(format!("the collector rejected the span: {message}"))
        }
        Ok(Ok((
            ..,
            ExportResponse::Refused { reason, .. }
            | ExportResponse::Disconnected { reason }
            | ExportResponse::Unanswered { reason },
        ))) => TestSpanResult::NotAccepted { reason, is_retryable: true },
        Ok(
            Ok((.., ExportResponse::Rejected { reason } | ExportResponse::TooLarge { reason })) | Err(reason),
        ) => not_accepted(reason),
        Err(_) => not_accepted(format!("no answer within {MAX_TIMEOUT:?}")),
    }
}

fn send(otlp: OtlpSettings, resource: &[KeyValue]) -> Result<(TraceId, Duration, ExportResponse), String> {
    let (trace_id, bytes) = request(resource).ok_or("no span was recorded")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    let began = Instant::now();
    let response = runtime.block_on(async { Transport::new(otlp).send(bytes).await });
    let took = began.elapsed();
    // In the background, since a DNS lookup that is under way cannot be cancelled.
    runtime.shutdown_background();
    Ok((trace_id, took, response))
}

/// A request with one span.
fn request(resource: &[KeyValue]) -> Option<(TraceId, Bytes)> {
    let queue = SpanQueue::new(QueueLimits { waiting: 8, chunk: 1, wake: 1 });
    let calendar = Calendar::start();
    let output = SpanOutput::Queue(Arc::clone(&queue));
    let recorder =
        Recorder::new(SamplerConfig::new(Sampler::AlwaysOn), Limits::default(), Vec::new(), output);
    let tracer = RecorderProvider(recorder).tracer("spanwise");
    let mut span = tracer.build_with_context(SpanBuilder::from_name("spanwise doctor"), &Context::new());
    let trace_id = span.span_context().trace_id();
    span.end();
    let mut encoder = Encoder::new(resource, BatchLimits { spans: 2, bytes: MAX_REQUEST_BYTES });
    for chunk in queue.drain_all() {
        for span in chunk.iter() {
            encoder.add(span, &calendar, drop).ok()?;
        }
    }
    Some((trace_id, encoder.finish()?.bytes))
}
