//! What the code sets. The methods that override a variable are beside that variable, in [`settings`](super::settings).

mod pipeline;
mod resource;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry::KeyValue;

use super::environment::{Lookup, of_process};
use super::provider::AddProcessor;
use super::resource::detector_set::DetectorSet;
use super::settings::values::PipelineSettings;
use super::settings::variable::Variable;
use crate::engine::recorder::hook::SpanHook;
use crate::export::{AnyExporter, MAX_REQUEST_BYTES};
use crate::sampling::KeepOnError;

const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_MEMORY_BYTES: usize = 64 << 20;
const MAX_SPOOL_BYTES: u64 = 1 << 30;

/// Returns a [`Builder`], which overrides the environment.
pub fn builder() -> Builder {
    Builder::default()
}

/// Does what [`init`](crate::init) does, with settings that override the environment.
///
/// ```
/// # fn main() -> Result<(), spanwise::setup::InitError> {
/// let telemetry = spanwise::builder().service_name("orders").resource("deployment.environment.name", "test").init()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up until `init` is called"]
pub struct Builder {
    pub(super) lookup: Box<Lookup<'static>>,
    pub(super) overrides: Vec<Override>,
    pub(super) resource: Vec<KeyValue>,
    pub(super) detectors: DetectorSet,
    pub(super) shutdown_timeout: Duration,
    pub(super) max_request_bytes: usize,
    pub(super) max_memory_bytes: usize,
    pub(super) spool: Option<PathBuf>,
    pub(super) max_spool_bytes: u64,
    pub(super) logs_lost_spans: bool,
    pub(super) exporter: Option<Box<dyn AnyExporter>>,
    pub(super) has_panic_hook: bool,
    pub(super) hooks: Vec<Box<dyn SpanHook>>,
    pub(super) processors: Vec<AddProcessor>,
    pub(super) is_shut_down_on_signal: bool,
    pub(super) is_flushed_on_abort: bool,
    pub(super) is_flushed_on_exit: bool,
    pub(super) warns_of_lost_context: bool,
    pub(super) max_spans_per_trace: Option<u32>,
    pub(super) keep_on_error: Option<KeepOnError>,
}

/// A setting of the code that stands for a variable.
pub(super) struct Override {
    pub(super) variable: &'static Variable,
    /// Replaces the value of the environment, rather than adding to it.
    pub(super) is_replacement: bool,
    pub(super) apply: Box<dyn FnOnce(&mut PipelineSettings)>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let overridden: Vec<_> = self.overrides.iter().map(|setting| setting.variable).collect();
        f.debug_struct("Builder").field("overridden", &overridden).finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            lookup: Box::new(of_process),
            overrides: Vec::new(),
            resource: Vec::new(),
            detectors: DetectorSet::default(),
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            max_request_bytes: MAX_REQUEST_BYTES,
            max_memory_bytes: MAX_MEMORY_BYTES,
            spool: None,
            max_spool_bytes: MAX_SPOOL_BYTES,
            logs_lost_spans: false,
            exporter: None,
            has_panic_hook: true,
            hooks: Vec::new(),
            processors: Vec::new(),
            is_shut_down_on_signal: false,
            is_flushed_on_abort: false,
            is_flushed_on_exit: false,
            warns_of_lost_context: true,
            max_spans_per_trace: None,
            keep_on_error: None,
        }
    }
}

impl Builder {
    /// Reads variables with this function instead of from the process's environment.
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.lookup = Box::new(lookup);
        self
    }

    /// Sets what `variable` would set, and drops the warnings about its value.
    pub(super) fn override_with(
        self,
        variable: &'static Variable,
        apply: impl FnOnce(&mut PipelineSettings) + 'static,
    ) -> Self {
        self.with(Override { variable, is_replacement: true, apply: Box::new(apply) })
    }

    /// Adds to what `variable` sets.
    pub(super) fn add_to(
        self,
        variable: &'static Variable,
        apply: impl FnOnce(&mut PipelineSettings) + 'static,
    ) -> Self {
        self.with(Override { variable, is_replacement: false, apply: Box::new(apply) })
    }

    fn with(mut self, setting: Override) -> Self {
        self.overrides.push(setting);
        self
    }
}
