//! One span, sent to see whether it arrives.

use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, TraceId, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;

use super::encode::Encoder;
use super::transport::{Attempt, OtlpSettings, Transport};
use crate::engine::{Calendar, Handover, Limits, Output, Recorder, RecorderProvider, Room, Sampling};

/// How long it is waited for an answer, whatever is said elsewhere: a person waits for it.
const WITHIN: Duration = Duration::from_secs(15);

/// What has become of it.
#[derive(Debug)]
pub(crate) struct Canary {
    pub(crate) trace_id: TraceId,
    pub(crate) took: Duration,
    /// Why it did not arrive, as far as can be told.
    pub(crate) outcome: Result<(), String>,
}

/// Sends a span of a recorder of its own by a connection of its own, and waits for the answer.
pub(crate) fn send(mut otlp: OtlpSettings, resource: &[KeyValue]) -> Canary {
    let handover = Handover::new(Room { waiting: 8, chunk: 1, wake: 1 });
    let calendar = Calendar::start();
    let output = Output::Handover(std::sync::Arc::clone(&handover));
    let recorder = Recorder::new(Sampling::plain(Sampler::AlwaysOn), Limits::default(), Vec::new(), output);
    let provider = RecorderProvider(recorder);
    let mut span = provider
        .tracer("spanwise")
        .build_with_context(opentelemetry::trace::SpanBuilder::from_name("spanwise doctor"), &Context::new());
    let trace_id = span.span_context().trace_id();
    span.end();
    let mut encoder = Encoder::new(resource, 1);
    let mut bytes = None;
    for chunk in handover.take_all() {
        for span in chunk.iter() {
            bytes = encoder.add(span, &calendar).or(bytes);
        }
    }
    let Some(batch) = encoder.seal().or(bytes) else {
        let outcome = Err("no span was recorded".to_owned());
        return Canary { trace_id, took: Duration::ZERO, outcome };
    };
    otlp.timeout = otlp.timeout.min(WITHIN);
    let began = Instant::now();
    // A thread of its own: this may be called from within a runtime.
    let attempt = std::thread::spawn(move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| why.to_string())?;
        Ok(runtime.block_on(async { Transport::new(otlp).send(batch.bytes).await }))
    });
    let outcome = match attempt.join() {
        Ok(Ok(Attempt::Taken { rejected: 0, .. })) => Ok(()),
        Ok(Ok(Attempt::Taken { message, .. })) => Err(format!("the collector has rejected it: {message}")),
        Ok(Ok(Attempt::Again { reason, .. } | Attempt::Rejected { reason })) | Ok(Err(reason)) => Err(reason),
        Err(_) => Err("the thread that sends has panicked".to_owned()),
    };
    Canary { trace_id, took: began.elapsed(), outcome }
}
