//! One span, sent to see whether it arrives.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use opentelemetry::trace::{Span as _, SpanBuilder, TraceId, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;

use super::encode::Encoder;
use super::transport::{Attempt, OtlpSettings, Transport};
use crate::engine::clock::Calendar;
use crate::engine::provider::tracer_provider::RecorderProvider;
use crate::engine::queue::span_queue::{QueueLimits, SpanQueue};
use crate::engine::recorder::output::SpanOutput;
use crate::engine::recorder::recorder::Recorder;
use crate::engine::span::limits::Limits;
use crate::sampling::config::SamplerConfig;

/// How long it is waited for an answer, whatever is said elsewhere: a person waits for it.
const WITHIN: Duration = Duration::from_secs(15);

/// What has become of it.
#[derive(Debug)]
pub(crate) enum Canary {
    Taken {
        trace_id: TraceId,
        took: Duration,
    },
    /// Why not, and whether spans would be kept and sent again.
    NotTaken {
        reason: String,
        is_again: bool,
    },
}

/// Sends a span of a recorder of its own by a connection of its own, and waits for the answer.
pub(crate) fn send(mut otlp: OtlpSettings, resource: Vec<KeyValue>) -> Canary {
    let not_taken = |reason: String| Canary::NotTaken { reason, is_again: false };
    otlp.timeout = otlp.timeout.min(WITHIN);
    let (answer, answered) = mpsc::channel();
    // A thread of its own: this may be called from within a runtime, and a thread belongs to the recorder that it records for first.
    let work = move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let _ = answer.send(attempt(otlp, &resource));
    };
    if let Err(why) = std::thread::Builder::new().name("spanwise-doctor".to_owned()).spawn(work) {
        return not_taken(format!("the system gives no thread: {why}"));
    }
    match answered.recv_timeout(WITHIN + Duration::from_secs(1)) {
        Ok(Ok((trace_id, took, Attempt::Taken { rejected: 0, .. }))) => Canary::Taken { trace_id, took },
        Ok(Ok((.., Attempt::Taken { message, .. }))) => {
            not_taken(format!("the collector has rejected it: {message}"))
        }
        Ok(Ok((.., Attempt::Again { reason, .. }))) => Canary::NotTaken { reason, is_again: true },
        Ok(Ok((.., Attempt::Rejected { reason })) | Err(reason)) => not_taken(reason),
        Err(_) => not_taken(format!("no answer within {WITHIN:?}")),
    }
}

fn attempt(otlp: OtlpSettings, resource: &[KeyValue]) -> Result<(TraceId, Duration, Attempt), String> {
    let (trace_id, bytes) = span(resource).ok_or("no span was recorded")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    let began = Instant::now();
    let attempt = runtime.block_on(async { Transport::new(otlp).send(bytes).await });
    let took = began.elapsed();
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    Ok((trace_id, took, attempt))
}

/// A request with a span in it.
fn span(resource: &[KeyValue]) -> Option<(TraceId, Bytes)> {
    let queue = SpanQueue::new(QueueLimits { waiting: 8, chunk: 1, wake: 1 });
    let calendar = Calendar::start();
    let output = SpanOutput::Queue(Arc::clone(&queue));
    let recorder =
        Recorder::new(SamplerConfig::new(Sampler::AlwaysOn), Limits::default(), Vec::new(), output);
    let tracer = RecorderProvider(recorder).tracer("spanwise");
    let mut span = tracer.build_with_context(SpanBuilder::from_name("spanwise doctor"), &Context::new());
    let trace_id = span.span_context().trace_id();
    span.end();
    let mut encoder = Encoder::new(resource, 2);
    for chunk in queue.drain_all() {
        for span in chunk.iter() {
            encoder.add(span, &calendar);
        }
    }
    Some((trace_id, encoder.seal()?.bytes))
}
