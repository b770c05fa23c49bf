//! Variables of the process as a whole: what it is, what it records, and what it logs about itself.

use super::reader::{Reader, is_resource, pairs};
use super::values::PipelineSettings;
use super::variable::{Documentation, Effective, Read, Variable};
use crate::diag::Verbosity;
use crate::level::Level;
use crate::setup::builder::Builder;

pub(super) static VARIABLES: &[&Variable] = &[
    &SDK_DISABLED,
    &LOG_LEVEL,
    &SPAN_LEVEL,
    &SERVICE_NAME,
    &RESOURCE_ATTRIBUTES,
    &CONFIG_FILE,
    &EXPERIMENTAL_CONFIG_FILE,
    &ENTITIES,
    &KNOWN_METHODS,
    &EXCEPTION_SIGNAL,
];

static SDK_DISABLED: Variable = Variable {
    show: Some(|all| Some(all.settings.is_disabled.to_string())),
    ..Variable::new(
        "OTEL_SDK_DISABLED",
        Read::Once(|reader, settings| settings.is_disabled = reader.boolean()),
        Documentation {
            in_code: &["disabled"],
            default: "`false`; only `true` disables",
            used_by: "the recorder: nothing is recorded, and trace headers are still forwarded",
            tests: &["general::disabled"],
        },
    )
};

static LOG_LEVEL: Variable = Variable {
    show: Some(|all| {
        let level = match all.settings.verbosity {
            Verbosity::Nothing => "none",
            Verbosity::Warnings => "warn",
            Verbosity::Notes => "info",
            Verbosity::Details => "debug",
        };
        Some(level.to_owned())
    }),
    ..Variable::new(
        "OTEL_LOG_LEVEL",
        Read::Once(read_verbosity),
        Documentation {
            in_code: &["log_level"],
            default: "`info`; also `none`, `error`, `warn`, `debug`",
            used_by: "what Spanwise logs about itself, on standard error",
            tests: &["general::log_levels"],
        },
    )
};

static SPAN_LEVEL: Variable = Variable {
    show: Some(|all| Some(all.settings.max_level.unwrap_or(Level::Trace).as_str().to_lowercase())),
    ..Variable::new(
        "OTEL_RUST_SPAN_LEVEL",
        Read::Once(read_max_level),
        Documentation {
            in_code: &["max_level"],
            default: "`trace`; also `error`, `warn`, `info`, `debug`",
            used_by: "the recorder: less important spans are not recorded. This variable is Spanwise's own",
            tests: &["general::span_levels"],
        },
    )
};

pub(in crate::setup) static SERVICE_NAME: Variable = Variable {
    show: Some(|all| all.service_name.map(|(name, _)| name.to_owned())),
    source: Some(|all| {
        let (_, source) = all.service_name?;
        Some(if source == SERVICE_NAME.name { "environment" } else { source }.to_owned())
    }),
    ..Variable::new(
        "OTEL_SERVICE_NAME",
        Read::Once(|reader, settings| settings.service_name = reader.text()),
        Documentation {
            in_code: &["service_name"],
            default: "`unknown_service:` and the executable's name",
            used_by: "the resource",
            tests: &["general::service_names"],
        },
    )
};

pub(in crate::setup) static RESOURCE_ATTRIBUTES: Variable = Variable {
    show: Some(|all| {
        Some(match all.settings.resource.len() {
            0 => "none".to_owned(),
            count => format!("{count}, below"),
        })
    }),
    ..Variable::new(
        "OTEL_RESOURCE_ATTRIBUTES",
        Read::Once(|reader, settings| settings.resource = read_resource(reader)),
        Documentation {
            in_code: &["resource"],
            default: "none; `key=value,key=value`, percent-encoded",
            used_by: "the resource",
            tests: &["general::resource_attributes"],
        },
    )
};

static CONFIG_FILE: Variable = Variable {
    show: Some(|_| None),
    ..Variable::new("OTEL_CONFIG_FILE", Read::Once(reject_config_file), UNSUPPORTED)
};

/// The name that [`CONFIG_FILE`] had before it was stable.
static EXPERIMENTAL_CONFIG_FILE: Variable = Variable {
    show: Some(|_| None),
    ..Variable::new("OTEL_EXPERIMENTAL_CONFIG_FILE", Read::Once(reject_config_file), UNSUPPORTED)
};

static ENTITIES: Variable = Variable {
    show: Some(|_| None),
    ..Variable::new(
        "OTEL_ENTITIES",
        Read::Once(|reader, _| {
            if reader.text().is_some() {
                let (name, instead) = (reader.name(), RESOURCE_ATTRIBUTES.name);
                reader.warn_text(format!("{name} is not supported yet; using {instead}"));
            }
        }),
        UNSUPPORTED,
    )
};

const UNSUPPORTED: Documentation = Documentation {
    in_code: &[],
    default: "none",
    used_by: "not supported yet: a warning says so",
    tests: &["general::unsupported_variables"],
};

static KNOWN_METHODS: Variable = Variable {
    show: Some(show_known_methods),
    ..Variable::new(
        "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
        Read::Once(|reader, settings| read_known_methods(reader, settings)),
        Documentation {
            in_code: &["known_http_methods"],
            default: "those of RFC 9110, `PATCH` and `QUERY`; a list replaces them; case-sensitive",
            used_by: "`Client` and `ServerLayer`",
            tests: &["general::known_methods"],
        },
    )
};

static EXCEPTION_SIGNAL: Variable = Variable {
    show: Some(show_exception_signal),
    ..Variable::new(
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
        Read::Once(read_exception_signal),
        Documentation {
            in_code: &["exception_signal"],
            default: "unset: span events; `logs`: log records; `logs/dup`: both",
            used_by: "errors and panics that end a span; needs the feature `logs` or `log`",
            tests: &["general::exception_signals"],
        },
    )
};

fn read_verbosity(reader: &mut Reader<'_>, settings: &mut PipelineSettings) {
    let Some(value) = reader.text() else { return };
    settings.verbosity = match value.to_ascii_lowercase().as_str() {
        "none" | "off" | "error" | "fatal" => Verbosity::Nothing,
        "warn" | "warning" => Verbosity::Warnings,
        "info" => Verbosity::Notes,
        "debug" | "trace" | "all" => Verbosity::Details,
        _ => return reader.warn(&value, "is not one of none, error, warn, info, debug", "info"),
    };
}

fn read_max_level(reader: &mut Reader<'_>, settings: &mut PipelineSettings) {
    let Some(value) = reader.text() else { return };
    settings.max_level = Some(match value.to_ascii_lowercase().as_str() {
        "error" => Level::Error,
        "warn" => Level::Warn,
        "info" => Level::Info,
        "debug" => Level::Debug,
        "trace" => Level::Trace,
        _ => return reader.warn(&value, "is not one of error, warn, info, debug, trace", "trace"),
    });
}

/// By the specification, one malformed entry makes the whole list invalid.
fn read_resource(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let Some(value) = reader.text() else { return Vec::new() };
    if let Some(pairs) = pairs(&value).filter(|_| is_resource(&value)) {
        return pairs;
    }
    let entry = value.split(',').position(|entry| !is_resource(entry)).unwrap_or_default() + 1;
    let name = reader.name();
    // The value may hold a secret.
    reader.warn_text(format!(
        "{name} (value not shown) is not a list like `key=value,key=value`: entry {entry} is malformed; using none of its \
         attributes"
    ));
    Vec::new()
}

fn reject_config_file(reader: &mut Reader<'_>, _settings: &mut PipelineSettings) {
    if let Some(value) = reader.text() {
        reader.warn(&value, "is not supported yet", "the other OTEL_* variables");
    }
}

/// The names of methods are case-sensitive.
#[cfg(any(feature = "client", feature = "server"))]
fn read_known_methods(reader: &Reader<'_>, settings: &mut PipelineSettings) {
    settings.known_methods = reader.list();
}

#[cfg(not(any(feature = "client", feature = "server")))]
fn read_known_methods(_reader: &Reader<'_>, _settings: &mut PipelineSettings) {}

#[cfg(any(feature = "client", feature = "server"))]
fn show_known_methods(all: &Effective<'_>) -> Option<String> {
    let methods = all.settings.known_methods.as_ref().map(|methods| methods.join(","));
    Some(methods.unwrap_or_else(|| "those of RFC 9110, PATCH, QUERY".to_owned()))
}

#[cfg(not(any(feature = "client", feature = "server")))]
fn show_known_methods(_all: &Effective<'_>) -> Option<String> {
    None
}

/// What stands in for a malformed value.
const SPAN_EVENTS: &str = "span events";

#[cfg(any(feature = "logs", feature = "log"))]
fn read_exception_signal(reader: &mut Reader<'_>, settings: &mut PipelineSettings) {
    let Some(value) = reader.text() else { return };
    match value.parse() {
        Ok(signal) => settings.exception_signal = Some(signal),
        Err(problem) => reader.warn(&value, &format!("{problem}"), SPAN_EVENTS),
    }
}

#[cfg(not(any(feature = "logs", feature = "log")))]
fn read_exception_signal(reader: &mut Reader<'_>, _settings: &mut PipelineSettings) {
    if let Some(value) = reader.text() {
        reader.warn(&value, "needs Spanwise's feature `logs` or `log`", SPAN_EVENTS);
    }
}

#[cfg(any(feature = "logs", feature = "log"))]
fn show_exception_signal(all: &Effective<'_>) -> Option<String> {
    use crate::logs::ExceptionSignal;

    let signal = match all.settings.exception_signal.unwrap_or_default() {
        ExceptionSignal::SpanEvents => SPAN_EVENTS,
        ExceptionSignal::Logs => "logs",
        ExceptionSignal::Both => "logs/dup",
    };
    Some(signal.to_owned())
}

#[cfg(not(any(feature = "logs", feature = "log")))]
fn show_exception_signal(_all: &Effective<'_>) -> Option<String> {
    Some(SPAN_EVENTS.to_owned())
}

impl Builder {
    /// Sets the service's name. Overrides `OTEL_SERVICE_NAME`.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.override_with(&SERVICE_NAME, |settings| settings.service_name = Some(name))
    }

    /// Disables recording. Overrides `OTEL_SDK_DISABLED`. Trace headers are still forwarded.
    pub fn disabled(self, disabled: bool) -> Self {
        self.override_with(&SDK_DISABLED, move |settings| settings.is_disabled = disabled)
    }

    /// Sets how much Spanwise logs about itself on standard error; `None` turns it off. Overrides `OTEL_LOG_LEVEL`.
    pub fn log_level(self, level: impl Into<Option<Level>>) -> Self {
        let verbosity = match level.into() {
            None | Some(Level::Error) => Verbosity::Nothing,
            Some(Level::Warn) => Verbosity::Warnings,
            Some(Level::Info) => Verbosity::Notes,
            Some(Level::Debug | Level::Trace) => Verbosity::Details,
        };
        self.override_with(&LOG_LEVEL, move |settings| settings.verbosity = verbosity)
    }

    /// Records spans up to this level. Overrides `OTEL_RUST_SPAN_LEVEL`; [`set_max_level`](crate::set_max_level) changes it at
    /// run time.
    pub fn max_level(self, level: Level) -> Self {
        self.override_with(&SPAN_LEVEL, move |settings| settings.max_level = Some(level))
    }

    /// Sets where the errors and panics that end a span are recorded. Overrides `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`. The
    /// default is span events.
    #[cfg(any(feature = "logs", feature = "log"))]
    pub fn exception_signal(self, signal: crate::logs::ExceptionSignal) -> Self {
        self.override_with(&EXCEPTION_SIGNAL, move |settings| settings.exception_signal = Some(signal))
    }

    /// Sets the HTTP methods that are recorded by name; any other is recorded as `_OTHER`. Case-sensitive. Overrides
    /// `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`. The default is the methods of RFC 9110, `PATCH` and `QUERY`.
    #[cfg(any(feature = "client", feature = "server"))]
    pub fn known_http_methods(self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let methods = methods.into_iter().map(Into::into).collect();
        self.override_with(&KNOWN_METHODS, |settings| settings.known_methods = Some(methods))
    }
}
