//! The `OTEL_*` variables, read by the
//! [specification's rules](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
//! empty is unset, a variable for traces comes before the general one, and a wrong value is told and
//! replaced by the default; nothing here can fail.
//!
//! A pure function of a lookup, so that tests need not touch the process's environment.

mod metrics;
mod otlp;
mod propagators;
mod recording;

use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::diag::{Verbosity, shown};
use crate::engine::{Limits, Sampling};
use crate::export::OtlpSettings;
use crate::propagation::Propagators;

pub(super) use metrics::MetricsSetting;
pub(super) use otlp::{DEFAULT_ENDPOINT, for_signal, masked, parse_endpoint};
pub(super) use recording::QueueSetting;

/// The longest time that anything waits, so that sums of times stay times.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What the environment says.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) disabled: bool,
    pub(super) verbosity: Verbosity,
    pub(super) service_name: Option<String>,
    pub(super) resource: Vec<(String, String)>,
    pub(super) sampling: Sampling,
    pub(super) exporter: ExporterSetting,
    pub(super) otlp: OtlpSettings,
    pub(super) queue: QueueSetting,
    pub(super) limits: Limits,
    pub(super) propagators: Propagators,
    pub(super) metrics: Option<MetricsSetting>,
    /// Methods of HTTP, in place of those that are known.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(super) known_methods: Option<Vec<String>>,
    /// What was wrong, each a sentence for a person.
    pub(super) warnings: Vec<String>,
}

/// Which exporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExporterSetting {
    Otlp,
    Console,
    None,
}

/// Reads everything.
pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Settings {
    let mut reader = Reader { lookup, warnings: Vec::new() };
    let disabled = reader.boolean("OTEL_SDK_DISABLED");
    let verbosity = reader.verbosity();
    let service_name = reader.text("OTEL_SERVICE_NAME");
    let resource = reader.resource();
    let sampling = reader.sampling();
    let exporter = reader.exporter();
    let otlp = reader.otlp();
    let queue = reader.queue();
    let limits = reader.limits();
    let propagators = reader.propagators();
    let metrics = reader.metrics();
    #[cfg(any(feature = "client", feature = "server"))]
    let known_methods = reader.known_methods();
    Settings {
        disabled,
        verbosity,
        service_name,
        resource,
        sampling,
        exporter,
        otlp,
        queue,
        limits,
        propagators,
        metrics,
        #[cfg(any(feature = "client", feature = "server"))]
        known_methods,
        warnings: reader.warnings,
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn warn(&mut self, name: &str, value: &str, why: &str, instead: &str) {
        self.warnings.push(format!("{name}={:?} {why}; {instead} is used instead", shown(value)));
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

    fn number<T: FromStr + Copy + std::fmt::Display + PartialOrd>(
        &mut self,
        name: &str,
        least: T,
        default: T,
    ) -> T {
        let Some(value) = self.text(name) else { return default };
        match value.parse() {
            Ok(number) if number >= least => number,
            _ => {
                self.warn(name, &value, &format!("is no whole number from {least} up"), &default.to_string());
                default
            }
        }
    }

    /// `key=value,key=value`, values percent-encoded.
    fn resource(&mut self) -> Vec<(String, String)> {
        const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
        let Some(value) = self.text(NAME) else { return Vec::new() };
        match pairs(&value) {
            Some(pairs) => pairs,
            None => {
                // The specification discards the whole of it.
                self.warn(
                    NAME,
                    &value,
                    "is no list of `key=value`, separated by commas",
                    "no attribute of it",
                );
                Vec::new()
            }
        }
    }

    /// A list of methods, in which capitals and small letters are not the same.
    #[cfg(any(feature = "client", feature = "server"))]
    fn known_methods(&self) -> Option<Vec<String>> {
        let value = self.text("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")?;
        let methods = value.split(',').map(str::trim).filter(|method| !method.is_empty());
        Some(methods.map(ToOwned::to_owned).collect())
    }

    fn verbosity(&mut self) -> Verbosity {
        const NAME: &str = "OTEL_LOG_LEVEL";
        let Some(value) = self.text(NAME) else { return Verbosity::Notes };
        match value.to_ascii_lowercase().as_str() {
            "none" | "off" | "error" | "fatal" => Verbosity::Nothing,
            "warn" | "warning" => Verbosity::Warnings,
            "info" => Verbosity::Notes,
            "debug" | "trace" | "all" => Verbosity::Details,
            _ => {
                self.warn(NAME, &value, "is none of none, error, warn, info, debug", "info");
                Verbosity::Notes
            }
        }
    }

    fn exporter(&mut self) -> ExporterSetting {
        const NAME: &str = "OTEL_TRACES_EXPORTER";
        let by_endpoint = match self.for_traces("ENDPOINT") {
            Some(_) => ExporterSetting::Otlp,
            None => ExporterSetting::Console,
        };
        let Some(value) = self.text(NAME) else { return by_endpoint };
        match value.to_ascii_lowercase().as_str() {
            "otlp" => ExporterSetting::Otlp,
            "console" => ExporterSetting::Console,
            "none" => ExporterSetting::None,
            _ => {
                let instead = if by_endpoint == ExporterSetting::Otlp { "otlp" } else { "console" };
                self.warn(NAME, &value, "is none of otlp, console, none", instead);
                by_endpoint
            }
        }
    }

    /// A time in milliseconds.
    fn duration(&mut self, name: &str, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number(name, 1, default)).min(LONGEST)
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
