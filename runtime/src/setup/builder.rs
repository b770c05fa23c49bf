//! What is said in the code.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{ShouldSample, SpanExporter, SpanProcessor, TracerProviderBuilder};

use super::assemble;
use super::guard::Guard;
use crate::engine::{Sampling, SpanHook};
use crate::error::InitError;
use crate::export::AnyExporter;
use crate::propagation::{Propagator, Propagators};
use crate::value::AttributeValue;

/// How long a shutdown may take.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(5);
/// Bytes that are kept while the collector is away.
const KEPT_BYTES: usize = 64 << 20;

/// Bytes that are kept on disk, where a directory is given.
const SPOOL_BYTES: u64 = 1 << 30;

/// Sets everything up from the environment, and returns a guard to keep in `main`.
///
/// Without any variable, traces are shown in the terminal; with `OTEL_EXPORTER_OTLP_ENDPOINT` they go
/// there by OTLP/gRPC. The service's name is `OTEL_SERVICE_NAME`. Which other variables are read is
/// listed in [the guide](crate#configuration). A wrong value never stops the program: it is told once on
/// standard error, with what is used instead.
///
/// The propagators that `OTEL_PROPAGATORS` names, W3C trace context and baggage unless it does, become the global one, and a provider
/// over Spanwise's own recorder the global one, so that spans made through the OpenTelemetry API go the same way. Export
/// runs on a thread of its own with its own runtime: this works on a multi-thread runtime, on a
/// current-thread one, and without any.
///
/// # Errors
///
/// [`InitError::AlreadyInitialised`] the second time; [`InitError::NoThread`] if the system gives no
/// thread.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let telemetry = spanwise::init()?;
/// // … the program …
/// let report = telemetry.shutdown_blocking()?;
/// # Ok(())
/// # }
/// ```
pub fn init() -> Result<Guard, InitError> {
    builder().init()
}

/// A [`Builder`], for what is to be said in the code.
pub fn builder() -> Builder {
    Builder::default()
}

/// Reads a variable.
type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// Adds a span processor to a provider that is being made.
pub(super) type AddProcessor = Box<dyn FnOnce(TracerProviderBuilder) -> TracerProviderBuilder>;

/// What [`init`] does, with some of it said in the code: that comes before the environment.
///
/// ```
/// # fn main() -> Result<(), spanwise::InitError> {
/// let telemetry = spanwise::builder().service_name("orders").resource("deployment.environment.name", "test").init()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up until `init` is called"]
pub struct Builder {
    pub(super) lookup: Lookup,
    pub(super) service_name: Option<String>,
    pub(super) resource: Vec<KeyValue>,
    pub(super) endpoint: Option<String>,
    pub(super) sampler: Option<Sampling>,
    pub(super) shutdown_within: Duration,
    pub(super) kept_bytes: usize,
    pub(super) spool: Option<PathBuf>,
    pub(super) spool_bytes: u64,
    pub(super) tells_lost: bool,
    pub(super) exporter: Option<Box<dyn AnyExporter>>,
    pub(super) panic_hook: bool,
    pub(super) hooks: Vec<Box<dyn SpanHook>>,
    pub(super) processors: Vec<AddProcessor>,
    pub(super) propagators: Option<Propagators>,
    pub(super) ends_on_signal: bool,
    pub(super) flushes_on_abort: bool,
    pub(super) warns_of_orphans: bool,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("service_name", &self.service_name).finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())),
            service_name: None,
            resource: Vec::new(),
            endpoint: None,
            sampler: None,
            shutdown_within: SHUTDOWN_WITHIN,
            kept_bytes: KEPT_BYTES,
            spool: None,
            spool_bytes: SPOOL_BYTES,
            tells_lost: false,
            exporter: None,
            panic_hook: true,
            hooks: Vec::new(),
            processors: Vec::new(),
            propagators: None,
            ends_on_signal: false,
            flushes_on_abort: false,
            warns_of_orphans: true,
        }
    }
}

impl Builder {
    /// The service's name, in place of `OTEL_SERVICE_NAME`.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Adds an attribute to the resource, in place of one that is detected or in
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn resource(mut self, key: impl Into<String>, value: impl AttributeValue) -> Self {
        if let Some(value) = value.to_value() {
            self.resource.push(KeyValue::new(key.into(), value));
        }
        self
    }

    /// Exports by OTLP to this address, in place of the variables for it: by gRPC, unless `OTEL_EXPORTER_OTLP_PROTOCOL` says
    /// `http/protobuf`; `/v1/traces` is appended then.
    pub fn otlp_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The sampler, in place of `OTEL_TRACES_SAMPLER`. It is asked for every span, children too: where these are to follow
    /// their parents, [`root_sampler`](Self::root_sampler) is the better way.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Sampling::asking(sampler));
        self
    }

    /// The sampler for traces that start here, in place of `OTEL_TRACES_SAMPLER`. What has a parent is recorded where
    /// that was, and the sampler is not asked: a child of a parent that is not sampled costs next to nothing.
    pub fn root_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Sampling::following_the_parent(sampler));
        self
    }

    /// How long a shutdown may take, that of a dropped guard included. 5 seconds unless set.
    pub fn shutdown_within(mut self, within: Duration) -> Self {
        self.shutdown_within = within;
        self
    }

    /// How many bytes of encoded spans are kept in memory while the collector is away. 64 MiB unless
    /// set.
    ///
    /// Past that some are dropped and counted: batches without a failed span first, and of those the newest, since what was
    /// there when the outage began is what explains it. What is kept is sent again, oldest first.
    pub fn kept_bytes(mut self, bytes: usize) -> Self {
        self.kept_bytes = bytes;
        self
    }

    /// Keeps on disk what the collector does not take within a second, in this directory.
    ///
    /// Then an outage is survived by the process and by its end: what is left is sent by the next process that is given the
    /// same directory, several at a time if need be. A process that is killed (by `SIGKILL`, say) loses what ended
    /// within the last `OTEL_BSP_SCHEDULE_DELAY` and that second; nothing is lost of what is on disk, but for a failure of
    /// power. Spans arrive *at least* once: those that were being sent at the moment of the end may arrive twice.
    ///
    /// The directory is created with mode 0700 where it is missing. One that others can write to is refused, told once on
    /// standard error, and memory alone is used: there is no default in a shared temporary folder for the same reason.
    pub fn spool(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spool = Some(directory.into());
        self
    }

    /// How many bytes are kept in the [spool](Self::spool). 1 GiB unless set.
    ///
    /// Past that, batches without a failed span make room for those with one, and others stay in memory.
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.spool_bytes = bytes;
        self
    }

    /// Whether spans that are lost for good, because no collector took them in time or would take them at all, are
    /// written to standard error, a line each. No unless set: their attributes are written, too.
    pub fn log_lost_spans(mut self, log: bool) -> Self {
        self.tells_lost = log;
        self
    }

    /// Exports by this exporter of OpenTelemetry's, in place of what the environment says.
    ///
    /// It runs on Spanwise's thread, gets batches as `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` says, and has 30 seconds for each. What
    /// it does not take is counted as rejected; it is not given a second time.
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporter = Some(Box::new(exporter));
        self
    }

    /// Whether to install the [panic hook](crate::install_panic_hook) that lets spans carry the messages of
    /// panics. Yes unless set.
    pub fn panic_hook(mut self, install: bool) -> Self {
        self.panic_hook = install;
        self
    }

    /// Shows each recorded span to this hook when it starts and when it ends. Hooks are called in the order they
    /// were given.
    pub fn hook(mut self, hook: impl SpanHook) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Gives spans to this span processor of OpenTelemetry's, too, before they are exported.
    ///
    /// With one, the SDK's own provider makes all spans, which costs what it costs there, and Spanwise's export is the
    /// last of its processors. A [`hook`](Self::hook) does most of what a processor does, and costs nothing of the
    /// kind; it is not called beside one.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(|builder| builder.with_span_processor(processor)));
        self
    }

    /// The headers by which services tell each other what they are part of, in place of `OTEL_PROPAGATORS`: all of them are
    /// written, and of those that are read a later one comes before an earlier. None is none at all.
    ///
    /// ```
    /// use spanwise::Propagator;
    ///
    /// let builder = spanwise::builder().propagators([Propagator::B3, Propagator::TraceContext, Propagator::Baggage]);
    /// ```
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.propagators = Some(propagators.into_iter().collect());
        self
    }

    /// Whether a `SIGTERM` or `SIGINT` (on Windows: Ctrl-C) sends what there is, or puts it into the spool, and then ends
    /// the process, with the status 128 and the signal's number. No unless set.
    ///
    /// Metrics since their last export are not among it. For programs that do nothing else when they are asked to end. One that has work to finish waits for the signal
    /// itself, and calls [`Guard::shutdown`] at the end.
    pub fn shutdown_on_signal(mut self, shut_down: bool) -> Self {
        self.ends_on_signal = shut_down;
        self
    }

    /// Whether a panic in a program that is built with `panic = "abort"` sends what has ended so far, or puts it into the
    /// spool, before the process dies. No unless set: the thread that panics waits for it, as long as a shutdown
    /// may take. In programs that unwind this does nothing.
    pub fn flush_on_abort(mut self, flush: bool) -> Self {
        self.flushes_on_abort = flush;
        self
    }

    /// Reads variables by this function instead of from the process's environment.
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.lookup = Box::new(lookup);
        self
    }

    /// Sets everything up.
    ///
    /// # Errors
    ///
    /// Those of [`init`].
    pub fn init(self) -> Result<Guard, InitError> {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        if TAKEN.swap(true, Ordering::AcqRel) {
            return Err(InitError::AlreadyInitialised);
        }
        assemble::assemble(self).inspect_err(|_| TAKEN.store(false, Ordering::Release))
    }

    /// Whether a span that seems to have lost its context is told on standard error, once for each place: one of the code's
    /// own that starts a trace of its own inside of a Tokio task, while other spans are open. Yes unless set; only where
    /// Spanwise was compiled with debug assertions, as Cargo does unless it is told `--release`. See
    /// [`tasks`](crate::tasks#what-loses-the-context).
    pub fn warn_orphans(mut self, warn: bool) -> Self {
        self.warns_of_orphans = warn;
        self
    }
}
