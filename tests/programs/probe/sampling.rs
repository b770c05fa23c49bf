//! Unsampled traces that are kept, caps of traces, and changed samplers.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use spanwise::sampling::{self, ConsistentProbability, KeepOnError, ParentBased, Rules, Sampler, Spans};
use spanwise::setup::Report;
use spanwise::{Guard, instrument};

use crate::{runtime, say};

pub(crate) fn life(what: &str) -> Result<(), Box<dyn Error>> {
    match what {
        "keep" => runtime(true)?.block_on(keeps_what_fails()),
        "keep-beside-a-head-sampler" => keeps_beside_a_head_sampler(),
        "pressure" => is_under_pressure(),
        "never-ends" => never_ends(),
        "rules" => keeps_by_rules(false),
        "rules-with-a-hook" => keeps_by_rules(true),
        "cap" => has_a_cap(),
        "adjust" => is_changed(),
        "processor" => has_a_processor(),
        _ => Err(format!("no such life: {what}").into()),
    }
}

fn tell(report: Report) {
    let Report { created, exported, discarded, discarded_early, dropped, .. } = report;
    say(format_args!("{created} {exported} {discarded} {discarded_early} {}", dropped.total()));
}

#[derive(Debug)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed on purpose")
    }
}

impl Error for Failed {}

#[instrument]
async fn request(fails: bool) -> bool {
    // Usually on another thread.
    let task = spanwise::spawn(step(fails));
    aside();
    task.await.is_ok_and(|result| result.is_ok())
}

#[instrument(unpublished)]
fn aside() {
    leaf();
}

#[instrument]
async fn step(fails: bool) -> Result<(), Failed> {
    tokio::task::yield_now().await;
    leaf();
    fallible(fails)
}

#[instrument]
fn fallible(fails: bool) -> Result<(), Failed> {
    // The flags that other services get.
    let mut headers = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
    let flags = headers.get("traceparent").and_then(|header| header.rsplit('-').next()).unwrap_or("none");
    if flags != "02" {
        say(format_args!("other services get {flags}"));
    }
    if fails { Err(Failed) } else { Ok(()) }
}

#[instrument]
fn leaf() {}

async fn keeps_what_fails() -> Result<(), Box<dyn Error>> {
    let rules = Rules::new().drop(Spans::named("dropped")).otherwise(ConsistentProbability::new(0.0));
    let telemetry = spanwise::builder().root_sampler(rules).keep_on_error(KeepOnError::new()).init()?;
    for number in 0..50 {
        request(number % 10 == 0).await;
    }
    dropped().ok();
    tell(telemetry.shutdown().await?);
    Ok(())
}

/// A rule drops it, so it is not kept either.
#[instrument]
fn dropped() -> Result<(), Failed> {
    fallible(true)
}

/// Half of the traces are sampled, and failed ones of the other half are kept.
fn keeps_beside_a_head_sampler() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder()
        .root_sampler(ConsistentProbability::new(0.5))
        .keep_on_error(KeepOnError::new())
        .init()?;
    for number in 0..400 {
        root(number % 4 == 0);
    }
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}

#[instrument]
fn root(fails: bool) {
    let _ = inner(fails);
}

#[instrument]
fn inner(fails: bool) -> Result<(), Failed> {
    if fails { Err(Failed) } else { Ok(()) }
}

#[derive(Debug)]
struct Looks;

impl spanwise::hook::SpanHook for Looks {
    fn on_start(&self, _span: &mut spanwise::hook::SpanMut<'_>, _parent: &opentelemetry::Context) {
        // It is not recorded, whichever lane starts the span.
        leaf();
        drop(global::tracer("hook").start("checkout"));
    }
}

/// Rules that are asked for each span, with those under a held one.
fn keeps_by_rules(has_hook: bool) -> Result<(), Box<dyn Error>> {
    let rules = Rules::new().keep(Spans::named("checkout")).drop(Spans::named("noisy"));
    let builder = spanwise::builder().sampler(rules.otherwise(Sampler::AlwaysOff));
    let builder = if has_hook { builder.hook(Looks) } else { builder };
    let telemetry = builder.keep_on_error(KeepOnError::new()).init()?;
    annotated();
    let tracer = global::tracer("probe");
    tracer.in_span("by the tracer", |_| {
        tracer.in_span("checkout", |_| {});
        tracer.in_span("noisy", |_| {});
    });
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}

#[instrument]
fn annotated() {
    checkout();
    noisy();
}

#[instrument]
fn checkout() {}

#[instrument]
fn noisy() {}

fn holding(keep: KeepOnError) -> Result<Guard, spanwise::setup::InitError> {
    spanwise::builder().root_sampler(Sampler::AlwaysOff).keep_on_error(keep).init()
}

/// More spans are open at a time than can be held.
fn is_under_pressure() -> Result<(), Box<dyn Error>> {
    let telemetry = holding(KeepOnError::new().max_bytes(100_000))?;
    open(2_000, &telemetry);
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}

/// Nested traces, each with ended spans while it is open.
#[instrument(root)]
fn open(more: u32, telemetry: &Guard) {
    let _ = inner(more == 1_000);
    if more > 0 {
        open(more - 1, telemetry);
    } else {
        let _ = telemetry.force_flush_blocking();
    }
}

/// A local root that is open until the process ends.
fn never_ends() -> Result<(), Box<dyn Error>> {
    let telemetry = holding(KeepOnError::new().timeout(Duration::ZERO))?;
    let root = spanwise::span!("open");
    let _ = inner(false);
    let _ = telemetry.force_flush_blocking();
    tell(telemetry.report());
    let _ = inner(true);
    let _ = telemetry.force_flush_blocking();
    tell(telemetry.report());
    drop(root);
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}

fn has_a_cap() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().max_spans_per_trace(10).init()?;
    loops(100);
    loops(3);
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}

#[instrument]
fn loops(rounds: u32) {
    for _ in 0..rounds {
        once();
    }
    let mut headers = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
    say(headers.get("traceparent").map_or("none", String::as_str));
}

#[instrument]
fn once() {
    leaf();
    aside();
}

fn is_changed() -> Result<(), Box<dyn Error>> {
    let (sampler, handle) = sampling::adjustable(ParentBased::new(Sampler::AlwaysOff));
    let telemetry = spanwise::builder().sampler(sampler).init()?;
    root(false);
    handle.set(ParentBased::new(Sampler::AlwaysOn));
    root(false);
    handle.set(Rules::new().drop(Spans::named("inner")));
    root(false);
    handle.set(Sampler::AlwaysOff);
    root(false);
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}

#[derive(Debug)]
struct Processor;

impl opentelemetry_sdk::trace::SpanProcessor for Processor {
    fn on_start(&self, _span: &mut opentelemetry_sdk::trace::Span, _context: &opentelemetry::Context) {}

    fn on_end(&self, _span: opentelemetry_sdk::trace::SpanData) {}

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _within: Duration) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
}

fn has_a_processor() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder()
        .root_sampler(ConsistentProbability::new(1.0))
        .max_spans_per_trace(1)
        .keep_on_error(KeepOnError::new())
        .span_processor(Processor)
        .init()?;
    root(true);
    tell(telemetry.shutdown_blocking()?);
    Ok(())
}
