//! What is said in the code.

mod choices;
mod pipeline;
mod settings;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::TracerProviderBuilder;

use super::assemble;
use super::env::{self, Settings};
use super::guard::Guard;
use super::resource::Choice;
use crate::engine::recorder::hook::SpanHook;
use crate::error::InitError;
use crate::export::AnyExporter;
use crate::sampling::KeepOnError;
use crate::value::AttributeValue;

pub use choices::{OtlpCompression, OtlpProtocol};

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
/// let guard = spanwise::init()?;
/// // … the program …
/// let report = guard.shutdown_blocking()?;
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

/// A variable, and what takes its place.
type Said = (&'static str, Box<dyn FnOnce(&mut Settings)>);

/// Adds a span processor to a provider that is being made.
pub(super) type AddProcessor = Box<dyn FnOnce(TracerProviderBuilder) -> TracerProviderBuilder>;

/// What [`init`] does, with some of it said in the code: that comes before the environment.
///
/// ```
/// # fn main() -> Result<(), spanwise::InitError> {
/// let guard = spanwise::builder().service_name("orders").resource("deployment.environment.name", "test").init()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up until `init` is called"]
pub struct Builder {
    pub(super) lookup: Lookup,
    /// What is said in place of which variable.
    pub(super) said: Vec<Said>,
    pub(super) resource: Vec<KeyValue>,
    pub(super) shutdown_within: Duration,
    pub(super) kept_bytes: usize,
    pub(super) spool: Option<PathBuf>,
    pub(super) spool_bytes: u64,
    pub(super) tells_lost: bool,
    pub(super) exporter: Option<Box<dyn AnyExporter>>,
    pub(super) panic_hook: bool,
    pub(super) hooks: Vec<Box<dyn SpanHook>>,
    pub(super) processors: Vec<AddProcessor>,
    pub(super) ends_on_signal: bool,
    pub(super) flushes_on_abort: bool,
    pub(super) warns_of_orphans: bool,
    pub(super) spans_per_trace: Option<u32>,
    pub(super) keep_on_error: Option<KeepOnError>,
    /// Its methods are in `resource/choice.rs`.
    pub(super) detection: Choice,
}

/// Whether what is said in the code under the name of `said` makes it pointless what is said by `variable`.
fn takes_the_place_of(said: &str, variable: &str) -> bool {
    // In the code there is one setting for all signals.
    let of_any_signal = |name: &str| match name.strip_prefix("OTEL_EXPORTER_OTLP_") {
        Some(rest) => rest.trim_start_matches("TRACES_").trim_start_matches("METRICS_").to_owned(),
        None => name.to_owned(),
    };
    of_any_signal(said) == of_any_signal(variable)
        || (said == "OTEL_TRACES_SAMPLER" && variable == "OTEL_TRACES_SAMPLER_ARG")
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("said", &self.said.iter().map(|(variable, _)| variable).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())),
            said: Vec::new(),
            resource: Vec::new(),
            shutdown_within: SHUTDOWN_WITHIN,
            kept_bytes: KEPT_BYTES,
            spool: None,
            spool_bytes: SPOOL_BYTES,
            tells_lost: false,
            exporter: None,
            panic_hook: true,
            hooks: Vec::new(),
            processors: Vec::new(),
            ends_on_signal: false,
            flushes_on_abort: false,
            warns_of_orphans: true,
            spans_per_trace: None,
            keep_on_error: None,
            detection: Choice::default(),
        }
    }
}

impl Builder {
    /// Adds an attribute to the resource, in place of one that is detected or in
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn resource(mut self, key: impl Into<String>, value: impl AttributeValue) -> Self {
        if let Some(value) = value.to_value() {
            self.resource.push(KeyValue::new(key.into(), value));
        }
        self
    }

    /// Reads variables by this function instead of from the process's environment.
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.lookup = Box::new(lookup);
        self
    }

    /// What is said in the code, and by the environment where the code says nothing.
    pub(super) fn settle(&mut self) -> (Settings, Vec<&'static str>) {
        let mut settings = env::read(&self.lookup);
        let mut names = Vec::new();
        for (name, say) in std::mem::take(&mut self.said) {
            // Whoever says it in the code does not care what was wrong with the variable; headers are added to its.
            if name != "OTEL_EXPORTER_OTLP_HEADERS" {
                settings.warnings.retain(|warning| !takes_the_place_of(name, &warning.variable));
            }
            say(&mut settings);
            names.push(name);
        }
        settings.finish();
        (settings, names)
    }

    fn say(mut self, variable: &'static str, say: impl FnOnce(&mut Settings) + 'static) -> Self {
        self.said.push((variable, Box::new(say)));
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
}
