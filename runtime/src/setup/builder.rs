//! The pieces put together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::trace::ShouldSample;

use super::env::{self, ExporterSetting};
use super::guard::Guard;
use super::resource;
use crate::diag;
use crate::engine::{Handover, Lost, Output, Recorder, RecorderProvider, Sampling, SpanHook, install};
use crate::error::InitError;
use crate::export::{Console, Destination, Exporter};
use crate::value::AttributeValue;

/// How long a shutdown may take.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(5);
/// Bytes that are kept while the collector is away.
const KEPT_BYTES: usize = 64 << 20;

/// Sets everything up from the environment, and returns a guard to keep in `main`.
///
/// Without any variable, traces are shown in the terminal; with `OTEL_EXPORTER_OTLP_ENDPOINT` they go
/// there by OTLP/gRPC. The service's name is `OTEL_SERVICE_NAME`. Which other variables are read is
/// listed in [the guide](crate#configuration). A wrong value never stops the program: it is told once on
/// standard error, with what is used instead.
///
/// W3C trace context and baggage become the global propagator, and a provider over Spanwise's own
/// recorder the global one, so that spans made through the OpenTelemetry API go the same way. Export
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
    lookup: Lookup,
    service_name: Option<String>,
    resource: Vec<KeyValue>,
    endpoint: Option<String>,
    sampler: Option<Box<dyn ShouldSample>>,
    shutdown_within: Duration,
    kept_bytes: usize,
    panic_hook: bool,
    hooks: Vec<Box<dyn SpanHook>>,
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
            panic_hook: true,
            hooks: Vec::new(),
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

    /// Exports by OTLP/gRPC to this address, in place of the variables for it.
    pub fn otlp_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The sampler for traces that start here, in place of `OTEL_TRACES_SAMPLER`. It is asked for
    /// children too: wrap it with [`Sampler::parent_based`](opentelemetry_sdk::trace::Sampler::parent_based)
    /// to follow the parent.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// How long a shutdown may take, that of a dropped guard included. 5 seconds unless set.
    pub fn shutdown_within(mut self, within: Duration) -> Self {
        self.shutdown_within = within;
        self
    }

    /// How many bytes of encoded spans are kept in memory while the collector is away. 64 MiB unless
    /// set.
    pub fn kept_bytes(mut self, bytes: usize) -> Self {
        self.kept_bytes = bytes;
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
        self.set_up().inspect_err(|_| TAKEN.store(false, Ordering::Release))
    }

    fn set_up(self) -> Result<Guard, InitError> {
        const GIVEN: &str = "the endpoint given to the builder";
        let mut settings = env::read(&self.lookup);
        if let Some(endpoint) = &self.endpoint {
            match env::parse_endpoint(GIVEN, endpoint, &mut settings.warnings) {
                Ok(url) => {
                    settings.otlp.endpoint = url;
                    settings.exporter = ExporterSetting::Otlp;
                }
                Err(why) => settings.warnings.push(format!(
                    "{GIVEN}, {:?}, {why}; it is left out",
                    diag::shown(&env::masked(endpoint))
                )),
            }
        }
        for warning in &settings.warnings {
            diag::warn(warning);
        }

        let name = self.service_name.or(settings.service_name);
        let mut attributes = resource::resource(name, settings.resource);
        for attribute in self.resource {
            resource::set(&mut attributes, attribute);
        }

        let exporter = if settings.disabled { ExporterSetting::None } else { settings.exporter };
        let destination = match exporter {
            ExporterSetting::Otlp => Destination::Collector {
                settings: settings.otlp,
                resource: attributes,
                bound: self.kept_bytes,
            },
            ExporterSetting::Console => {
                diag::note(format_args!(
                    "traces are shown here; OTEL_EXPORTER_OTLP_ENDPOINT={} sends them to a collector",
                    env::DEFAULT_ENDPOINT
                ));
                Destination::Console(Console::new(resource::service_name(&attributes)))
            }
            ExporterSetting::None => Destination::Nothing,
        };
        let handover = Handover::new(settings.queue.room, told);
        let batching = settings.queue.for_exporter(exporter);
        let thread =
            Exporter::start(Arc::clone(&handover), batching, destination).map_err(InitError::NoThread)?;

        let sampling = match self.sampler {
            Some(sampler) => Sampling { sampler, follows_parent: false, takes_roots: false },
            None => settings.sampling,
        };
        let recorder = Recorder::new(sampling, settings.limits, self.hooks, Output::Handover(handover));
        if settings.disabled {
            recorder.close();
        }
        if !install(Arc::clone(&recorder)) {
            return Err(InitError::AlreadyInitialised);
        }
        global::set_tracer_provider(RecorderProvider(Arc::clone(&recorder)));
        global::set_text_map_propagator(crate::propagation::default_propagator());
        if self.panic_hook {
            crate::install_panic_hook();
        }
        Ok(Guard::new(recorder, thread, self.shutdown_within.min(env::LONGEST)))
    }
}

/// Spans are lost before the exporter has seen them.
fn told(lost: Lost) {
    match lost {
        Lost::Full => diag::warn_once("queue full", || {
            "spans end faster than they are exported: beyond a number that wait they are dropped and counted \
             (OTEL_BSP_MAX_QUEUE_SIZE sets the number; further ones are not told)"
                .to_owned()
        }),
    }
}
