//! Starts what the plan says, once in a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::global;

use super::builder::Builder;
use super::exit_hook;
use super::guard::Guard;
use super::metrics;
use super::plan::Plan;
use super::provider::{install_recorder, install_sdk};
use super::settings::otlp::endpoint_example;
use super::settings::values::MAX_DURATION;
use super::traces_exporter::TracesExporter;
use crate::diag;
use crate::engine::fork::generation;
use crate::engine::queue::span_queue::SpanQueue;
use crate::error::InitError;
use crate::export::destination::custom::CustomSettings;
use crate::export::destination::destination::{CLOSE_GRACE, DestinationSettings};
use crate::export::{Destinations, Exporter, THREAD_NAME};
use crate::span::lost_context;

/// Sets everything up from the environment, and returns a guard to keep in `main`.
///
/// Without any variable, traces are printed in the terminal; with `OTEL_EXPORTER_OTLP_ENDPOINT` they are sent to that collector
/// by OTLP/gRPC. `OTEL_SERVICE_NAME` names the service. [The guide](crate#configuration) lists the other variables. A malformed
/// value never stops the program: a warning on standard error names it, and the default in use.
///
/// The propagators of `OTEL_PROPAGATORS`, by default W3C trace context and baggage, become the global propagator. Spanwise's
/// recorder becomes the global tracer provider: spans of the OpenTelemetry API are recorded and exported the same way. Export
/// runs on a thread with a runtime of its own, so that it works on a multi-thread runtime, on a current-thread one, and without
/// any.
///
/// # Errors
///
/// [`InitError::AlreadyInitialized`] the second time; [`InitError::NoThread`] if the system cannot start a thread.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let guard = spanwise::init()?;
/// // … the program …
/// let report = guard.shutdown_blocking()?;
/// # Ok(())
/// # }
/// ```
pub fn init() -> Result<Guard, InitError> {
    Builder::default().init()
}

impl Builder {
    /// Sets everything up, as [`init`] does, with what this builder overrides.
    ///
    /// # Errors
    ///
    /// Those of [`init`].
    pub fn init(self) -> Result<Guard, InitError> {
        /// The process in which that was done. Its forked children may do it, too.
        static INITIALIZED_IN: AtomicU64 = AtomicU64::new(0);
        if INITIALIZED_IN.swap(generation(), Ordering::AcqRel) == generation() {
            return Err(InitError::AlreadyInitialized);
        }
        start(Plan::of(self)).inspect_err(|_| INITIALIZED_IN.store(0, Ordering::Release))
    }
}

fn start(mut plan: Plan) -> Result<Guard, InitError> {
    diag::set_verbosity(plan.settings.verbosity);
    for warning in &plan.settings.warnings {
        diag::warn(&warning.text);
    }
    for result in &plan.detection.results {
        diag::detail(format_args!("resource detector {result}"));
    }
    apply_process_settings(&mut plan);

    let is_disabled = plan.settings.is_disabled;
    let shutdown_timeout = plan.builder.shutdown_timeout.min(MAX_DURATION);
    let metrics = plan.settings.metrics.take().filter(|_| !is_disabled);
    let metrics = metrics.and_then(|otlp| metrics::start(otlp, plan.resource.clone()));
    let uses_sdk = plan.uses_sdk();

    let queue = SpanQueue::new(plan.settings.queue.limits());
    let batching = plan.settings.queue.batching(&plan.exporters());
    let destinations = destinations(&mut plan);
    let Plan { builder, settings, resource, .. } = plan;
    let (mut sampling, mut keep_on_error) = (settings.sampling, None);
    // OpenTelemetry's SDK cannot do either.
    if builder.processors.is_empty() {
        keep_on_error = builder.keep_on_error;
        sampling.max_spans_per_trace = builder.max_spans_per_trace;
        sampling.buffers_unsampled = keep_on_error.is_some();
    }
    let on_signal = builder.is_shut_down_on_signal.then_some(shutdown_timeout);
    let exporter = Exporter::start(Arc::clone(&queue), batching, destinations, on_signal, keep_on_error)
        .map_err(InitError::NoThread)?;
    // While disabled, the SDK would give trace ids to spans that are never recorded.
    let provider = if uses_sdk {
        install_sdk(builder.processors, sampling, settings.limits, resource, queue)
    } else {
        install_recorder(sampling, settings.limits, builder.hooks, queue, is_disabled)?
    };
    crate::propagation::set_none_wanted(settings.propagators.is_empty());
    global::set_text_map_propagator(settings.propagators);
    if builder.has_panic_hook {
        crate::install_panic_hook();
    }
    if builder.is_flushed_on_abort {
        flush_before_abort(exporter.clone(), shutdown_timeout);
    }
    if builder.is_flushed_on_exit {
        exit_hook::install(exporter.clone(), shutdown_timeout);
    }
    Ok(Guard::new(provider, exporter, metrics, shutdown_timeout))
}

/// Applies the settings that the rest of the crate reads from globals.
fn apply_process_settings(plan: &mut Plan) {
    lost_context::set_enabled(plan.builder.warns_of_lost_context);
    if let Some(level) = plan.settings.max_level {
        crate::set_max_level(level);
    }
    #[cfg(any(feature = "logs", feature = "log"))]
    if let Some(signal) = plan.settings.exception_signal {
        crate::logs::set_exception_signal(signal);
    }
    #[cfg(any(feature = "client", feature = "server"))]
    if let Some(methods) = plan.settings.known_methods.take() {
        crate::http::set_known_methods(methods);
    }
}

/// Where spans go: to the exporter of the code, or else to those of the plan.
fn destinations(plan: &mut Plan) -> Destinations {
    if plan.exporters() == [TracesExporter::Console] && plan.settings.exporters.is_none() {
        let example = endpoint_example();
        diag::note(format_args!("traces are printed here; {example} sends them to a collector"));
    }
    let custom = plan.builder.exporter.take().filter(|_| !plan.settings.is_disabled);
    let all: Vec<Box<dyn DestinationSettings>> = match custom {
        Some(exporter) => {
            vec![Box::new(CustomSettings { exporter, timeout: plan.settings.queue.export_timeout() })]
        }
        None => plan.destinations(),
    };
    Destinations::new(plan.resource.clone(), all)
}

/// In a program that is built with `panic = "abort"`, lets the thread that panics wait until the spans that have ended are sent
/// or spooled, but no longer than a shutdown may take.
fn flush_before_abort(exporter: Exporter, timeout: Duration) {
    if cfg!(not(panic = "abort")) {
        return;
    }
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        previous(info);
        // The exporter's thread would wait for itself.
        if std::thread::current().name() == Some(THREAD_NAME) {
            return;
        }
        if let Err(error) = exporter.shut_down_blocking(timeout) {
            diag::warn(format_args!("before the process aborts: {error}; {}", exporter.report()));
        }
        diag::flush(CLOSE_GRACE);
    }));
}
