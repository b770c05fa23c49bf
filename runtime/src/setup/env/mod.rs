//! The `OTEL_*` variables, read by the
//! [specification's rules](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
//! empty is unset, a variable for traces comes before the general one, and a wrong value is told and
//! replaced by the default; nothing here can fail.
//!
//! A pure function of a lookup, so that tests need not touch the process's environment.

mod endpoint;
mod exporters;
mod general;
mod metrics;
mod otlp;
mod propagators;
mod recording;

use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::diag::{Verbosity, shown};
use crate::engine::span::limits::Limits;
use crate::level::Level;
#[cfg(any(feature = "logs", feature = "log"))]
use crate::logs::ExceptionSignal;
use crate::propagation::Propagators;
use crate::sampling::config::SamplerConfig;

pub(super) use endpoint::{DEFAULT_ENDPOINT, Endpoint, masked, parse_endpoint};
pub use exporters::TracesExporter;
pub(super) use metrics::MetricsSetting;
pub(super) use otlp::{CertificateSetting, File, OtlpSetting, header};
pub(super) use recording::QueueSetting;

/// The longest time that anything waits, so that sums of times stay times.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What the environment says.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) disabled: bool,
    pub(super) verbosity: Verbosity,
    pub(super) max_level: Option<Level>,
    pub(super) service_name: Option<String>,
    pub(super) resource: Vec<(String, String)>,
    pub(super) sampling: SamplerConfig,
    /// What it is called, where it is one of the specification's.
    pub(super) sampler_name: Option<String>,
    /// None: it is decided by whether there is an endpoint.
    pub(super) exporters: Option<Vec<TracesExporter>>,
    pub(super) otlp: OtlpSetting,
    pub(super) queue: QueueSetting,
    pub(super) limits: Limits,
    pub(super) propagators: Propagators,
    pub(super) metrics: Option<MetricsSetting>,
    /// Where errors and panics are told.
    #[cfg(any(feature = "logs", feature = "log"))]
    pub(super) exception_signal: Option<ExceptionSignal>,
    /// Methods of HTTP, in place of those that are known.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(super) known_methods: Option<Vec<String>>,
    /// What was wrong.
    pub(super) warnings: Vec<Warning>,
}

/// A value that is wrong, or not what its author will have thought.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Warning {
    pub(super) variable: String,
    /// A sentence for a person.
    pub(super) text: String,
}

/// A variable, which is unset where it is empty.
pub(super) fn variable(lookup: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    let value = lookup(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Reads everything.
pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Settings {
    let mut reader = Reader { lookup, warnings: Vec::new() };
    reader.what_is_not_supported();
    let disabled = reader.boolean("OTEL_SDK_DISABLED");
    let verbosity = reader.verbosity();
    let max_level = reader.max_level();
    let service_name = reader.text("OTEL_SERVICE_NAME");
    let resource = reader.resource();
    let (sampling, sampler_name) = reader.sampling();
    let exporters = reader.exporters();
    let otlp = reader.otlp();
    let queue = reader.queue();
    let limits = reader.limits();
    let propagators = reader.propagators();
    let metrics = reader.metrics();
    #[cfg(any(feature = "logs", feature = "log"))]
    let exception_signal = reader.exception_signal();
    #[cfg(not(any(feature = "logs", feature = "log")))]
    reader.exception_signal();
    #[cfg(any(feature = "client", feature = "server"))]
    let known_methods = reader.known_methods();
    Settings {
        disabled,
        verbosity,
        max_level,
        service_name,
        resource,
        sampling,
        sampler_name: Some(sampler_name),
        exporters,
        otlp,
        queue,
        limits,
        propagators,
        metrics,
        #[cfg(any(feature = "logs", feature = "log"))]
        exception_signal,
        #[cfg(any(feature = "client", feature = "server"))]
        known_methods,
        warnings: reader.warnings,
    }
}

impl Settings {
    /// Everything is said: what is wrong with it together, and each complaint once.
    pub(super) fn finish(&mut self) {
        if let Some(text) = self.queue.complaint() {
            self.warnings.push(Warning { variable: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE".to_owned(), text });
        }
        self.tell_each_once();
    }

    /// Changes the files of TLS, of all signals.
    pub(super) fn each_certificate(&mut self, change: impl Fn(&mut CertificateSetting)) {
        change(&mut self.otlp.certificates);
        if let Some(metrics) = &mut self.metrics {
            change(&mut metrics.certificates);
        }
    }

    pub(super) fn tell_each_once(&mut self) {
        let mut told = std::collections::HashSet::new();
        self.warnings.retain(|warning| told.insert(warning.text.clone()));
    }

    /// Where spans go: to a collector, if one is named and nothing else is said, and to the terminal otherwise.
    pub(super) fn exporters(&self) -> Vec<TracesExporter> {
        let by_endpoint =
            || if self.otlp.endpoint.is_some() { TracesExporter::Otlp } else { TracesExporter::Console };
        self.exporters.clone().unwrap_or_else(|| vec![by_endpoint()])
    }
}

/// Whether this is a whole number, however large.
fn is_whole(value: &str) -> bool {
    let digits = value.strip_prefix('+').unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a whole number may be.
trait Number: FromStr + Copy + std::fmt::Display + PartialOrd {
    const MAX: Self;
}

impl Number for u32 {
    const MAX: Self = Self::MAX;
}

impl Number for u64 {
    const MAX: Self = Self::MAX;
}

impl Number for usize {
    const MAX: Self = Self::MAX;
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        variable(self.lookup, name)
    }

    fn warn(&mut self, name: &str, value: &str, why: &str, instead: &str) {
        self.tell(name, format!("{name}={:?} {why}; {instead} is used instead", shown(value)));
    }

    fn tell(&mut self, name: &str, text: String) {
        self.warnings.push(Warning { variable: name.to_owned(), text });
    }

    /// A variable for traces, or the general one; the name of the one that is set comes with it.
    fn for_traces(&self, ending: &str) -> Option<(String, String)> {
        self.for_signal("TRACES", ending)
    }

    /// The same of any signal.
    fn for_signal(&self, signal: &str, ending: &str) -> Option<(String, String)> {
        let names = [format!("OTEL_EXPORTER_OTLP_{signal}_{ending}"), format!("OTEL_EXPORTER_OTLP_{ending}")];
        names.into_iter().find_map(|name| {
            let value = self.text(&name)?;
            Some((name, value))
        })
    }

    /// By the specification, `true` alone is true.
    fn boolean(&mut self, name: &str) -> bool {
        let Some(value) = self.text(name) else { return false };
        if value.eq_ignore_ascii_case("true") {
            return true;
        }
        if !value.eq_ignore_ascii_case("false") {
            self.warn(name, &value, "is neither `true` nor `false`", "`false`");
        }
        false
    }

    /// A whole number; of one that is too large as much as there can be.
    fn number<T: Number>(&mut self, name: &str, least: T, default: T) -> T {
        let Some(value) = self.text(name) else { return default };
        let number = match value.parse() {
            Ok(number) => Some(number),
            Err(_) => is_whole(&value).then_some(T::MAX),
        };
        match number {
            Some(number) if number >= least => number,
            _ => {
                self.warn(name, &value, &format!("is no whole number from {least} up"), &default.to_string());
                default
            }
        }
    }

    /// A time in milliseconds; 0 is as short as can be.
    fn duration(&mut self, name: &str, default: Duration) -> Duration {
        self.millis(name, default).clamp(Duration::from_millis(1), LONGEST)
    }

    /// A time in milliseconds after which something is given up; 0 is never.
    fn timeout_of(&mut self, name: &str, default: Duration) -> Duration {
        match self.millis(name, default) {
            Duration::ZERO => LONGEST,
            other => other.min(LONGEST),
        }
    }

    fn millis(&mut self, name: &str, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number(name, 0, default))
    }

    /// A list, separated by commas, without what is empty.
    fn list(&self, name: &str) -> Option<Vec<String>> {
        let value = self.text(name)?;
        let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
        Some(parts.map(ToOwned::to_owned).collect())
    }
}

fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    list.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let decoded = |text: &str| Some(percent_decode_str(text.trim()).decode_utf8().ok()?.into_owned());
            let key = decoded(key)?;
            if key.is_empty() { None } else { Some((key, decoded(value)?)) }
        })
        .collect()
}

#[cfg(test)]
mod tests;
