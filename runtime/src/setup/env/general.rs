//! What is of no one part: what the process is, and how much is said and recorded.

use super::{Reader, pairs};
use crate::diag::Verbosity;
use crate::level::Level;

/// Files that configure everything. Both names: the second is from before it was stable.
const CONFIG_FILES: [&str; 2] = ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"];

/// By which signal exceptions are told.
const EXCEPTION_SIGNAL: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";

impl Reader<'_> {
    /// What would change everything, and is not heeded.
    pub(super) fn what_is_not_supported(&mut self) {
        for name in CONFIG_FILES {
            if let Some(value) = self.text(name) {
                self.warn(name, &value, "is not supported yet", "what the other OTEL_* variables say");
            }
        }
        const ENTITIES: &str = "OTEL_ENTITIES";
        if self.text(ENTITIES).is_some() {
            self.tell(
                ENTITIES,
                format!("{ENTITIES} is not supported yet; OTEL_RESOURCE_ATTRIBUTES is used instead"),
            );
        }
    }

    /// `key=value,key=value`, percent-encoded.
    pub(super) fn resource(&mut self) -> Vec<(String, String)> {
        const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
        let Some(value) = self.text(NAME) else { return Vec::new() };
        if let Some(pairs) = pairs(&value) {
            return pairs;
        }
        // The specification discards the whole of it. It is not shown: there may be a secret in it.
        let which = value.split(',').position(|entry| pairs(entry).is_none()).unwrap_or_default() + 1;
        self.tell(
            NAME,
            format!(
                "{NAME} (its value is not shown) is no list of `key=value`, separated by commas: its entry {which} is none; no \
                 attribute of it is used"
            ),
        );
        Vec::new()
    }

    /// A list of methods, in which capitals and small letters are not the same.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(super) fn known_methods(&self) -> Option<Vec<String>> {
        self.list("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")
    }

    /// Where errors and panics are told.
    #[cfg(any(feature = "logs", feature = "log"))]
    pub(super) fn exception_signal(&mut self) -> Option<crate::logs::ExceptionSignal> {
        let value = self.text(EXCEPTION_SIGNAL)?;
        match value.parse() {
            Ok(signal) => Some(signal),
            Err(why) => {
                self.warn(EXCEPTION_SIGNAL, &value, &format!("{why}"), "the events of spans");
                None
            }
        }
    }

    /// There is nothing to tell them by but the span.
    #[cfg(not(any(feature = "logs", feature = "log")))]
    pub(super) fn exception_signal(&mut self) {
        if let Some(value) = self.text(EXCEPTION_SIGNAL) {
            self.warn(
                EXCEPTION_SIGNAL,
                &value,
                "needs the feature `logs` or `log` of spanwise",
                "the events of spans",
            );
        }
    }

    pub(super) fn verbosity(&mut self) -> Verbosity {
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

    /// Up to which level spans are recorded: a variable of Spanwise's own.
    pub(super) fn max_level(&mut self) -> Option<Level> {
        const NAME: &str = "OTEL_RUST_SPAN_LEVEL";
        let value = self.text(NAME)?;
        let level = match value.to_ascii_lowercase().as_str() {
            "error" => Level::Error,
            "warn" => Level::Warn,
            "info" => Level::Info,
            "debug" => Level::Debug,
            "trace" => Level::Trace,
            _ => {
                self.warn(NAME, &value, "is none of error, warn, info, debug, trace", "trace");
                return None;
            }
        };
        Some(level)
    }
}
