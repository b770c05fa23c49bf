//! The effective value of each variable, and where it is from.

use super::MASK;
use crate::diag::Verbosity;
use crate::export::{Compression, OtlpSettings, Protocol};
use crate::setup::env::{File, LONGEST, Settings, TracesExporter, masked, variable};

/// A line of the report.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) source: String,
}

/// What values are made of.
pub(super) struct Effective<'a> {
    pub(super) settings: &'a Settings,
    pub(super) otlp: &'a OtlpSettings,
    /// In place of which variables the code says something.
    pub(super) said: &'a [&'static str],
    pub(super) lookup: &'a dyn Fn(&str) -> Option<String>,
    /// The service's, as the resource has it.
    pub(super) name: Option<&'a (String, String, String)>,
    pub(super) has_own_exporter: bool,
}

impl Effective<'_> {
    fn set(&self, name: &str) -> Option<String> {
        variable(self.lookup, name)
    }
}

/// The names that are looked at, in this order, and what has come of it. No value: it is shown only where it is set.
struct Row(&'static [&'static str], fn(&Effective<'_>) -> Option<String>);

const ROWS: &[Row] = &[
    Row(&["OTEL_SDK_DISABLED"], |all| text(all.settings.disabled)),
    Row(&["OTEL_LOG_LEVEL"], |all| {
        text(match all.settings.verbosity {
            Verbosity::Nothing => "none",
            Verbosity::Warnings => "warn",
            Verbosity::Notes => "info",
            Verbosity::Details => "debug",
        })
    }),
    Row(&["OTEL_RUST_SPAN_LEVEL"], |all| {
        text(all.settings.max_level.unwrap_or(crate::Level::Trace).as_str().to_lowercase())
    }),
    Row(&["OTEL_SERVICE_NAME"], |all| all.name.map(|(_, name, _)| name.clone())),
    Row(&["OTEL_RESOURCE_ATTRIBUTES"], |all| match all.settings.resource.len() {
        0 => text("none"),
        count => text(format_args!("{count}, below")),
    }),
    Row(&["OTEL_PROPAGATORS"], |all| {
        let names: Vec<_> = all.settings.propagators.iter().map(|propagator| propagator.name()).collect();
        text(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    Row(&["OTEL_CONFIG_FILE"], |_| None),
    Row(&["OTEL_EXPERIMENTAL_CONFIG_FILE"], |_| None),
    Row(&["OTEL_ENTITIES"], |_| None),
    Row(&["OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"], known_methods),
    Row(&["OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN"], exception_signal),
    Row(&["OTEL_TRACES_SAMPLER"], |all| match all.settings.sampler_name.as_deref() {
        Some(name) => text(name),
        None => text(format_args!("{:?}", all.settings.sampling.sampler)),
    }),
    Row(&["OTEL_TRACES_SAMPLER_ARG"], |all| {
        let name = all.settings.sampler_name.as_deref()?;
        Some(name.split_once(", ")?.1.to_owned()).filter(|_| all.set("OTEL_TRACES_SAMPLER_ARG").is_some())
    }),
    Row(&["OTEL_BSP_SCHEDULE_DELAY"], |all| {
        milliseconds(all.settings.queue.batching(&all.settings.exporters()).schedule_delay)
    }),
    Row(&["OTEL_BSP_MAX_QUEUE_SIZE"], |all| text(all.settings.queue.waiting)),
    Row(&["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], |all| {
        text(all.settings.queue.batching(&all.settings.exporters()).max_batch_size)
    }),
    Row(&["OTEL_BSP_EXPORT_TIMEOUT"], |all| milliseconds(all.settings.queue.export_within())),
    Row(&["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"], |all| {
        text(all.settings.limits.attributes)
    }),
    Row(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], |all| text(all.settings.limits.events)),
    Row(&["OTEL_SPAN_LINK_COUNT_LIMIT"], |all| text(all.settings.limits.links)),
    Row(&["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"], |all| {
        text(all.settings.limits.attributes_of_event)
    }),
    Row(&["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"], |all| {
        text(all.settings.limits.attributes_of_link)
    }),
    Row(&["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"], |all| {
        match all.settings.limits.value_length {
            usize::MAX => text("none"),
            characters => text(characters),
        }
    }),
    Row(&["OTEL_TRACES_EXPORTER"], |all| {
        if all.has_own_exporter {
            return text("the one in the code");
        }
        let exporters = all.settings.exporters();
        let names = exporters.iter().map(|exporter| match exporter {
            TracesExporter::Otlp => "otlp".to_owned(),
            TracesExporter::Console => "console".to_owned(),
            TracesExporter::OtlpStdout => "otlp/stdout".to_owned(),
            TracesExporter::OtlpFile(path) => path.display().to_string(),
        });
        let names: Vec<_> = names.collect();
        text(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], |all| {
        text(match all.otlp.protocol {
            Protocol::Grpc => "grpc",
            #[cfg(feature = "otlp-http")]
            Protocol::Http => "http/protobuf",
        })
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"], |all| {
        Some(masked(all.otlp.endpoint.as_str()))
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"], |all| {
        let has_decided = |names: [&str; 2]| {
            let endpoint = names.into_iter().find_map(|name| all.set(name));
            endpoint.is_some_and(|endpoint| !endpoint.contains("://"))
        };
        let insecure = all
            .set("OTEL_EXPORTER_OTLP_TRACES_INSECURE")
            .or_else(|| all.set("OTEL_EXPORTER_OTLP_INSECURE"))?;
        let endpoint = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
        has_decided(endpoint).then(|| insecure.eq_ignore_ascii_case("true").to_string())
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], |all| {
        // Not their values, which are keys.
        let names: Vec<_> = all.otlp.headers.keys().map(|name| format!("{name}={MASK}")).collect();
        text(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], |all| {
        milliseconds(all.otlp.timeout)
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"], |all| {
        text(match all.otlp.compression {
            None => "none",
            Some(Compression::Gzip) => "gzip",
            #[cfg(feature = "zstd")]
            Some(Compression::Zstd) => "zstd",
        })
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"], |all| {
        let file = all.settings.otlp.certificates.roots.as_ref().filter(|_| all.otlp.tls.roots.is_some());
        text(
            file.map_or_else(
                || "the system's authorities".to_owned(),
                |file| file.path.display().to_string(),
            ),
        )
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], |all| {
        let file = all.settings.otlp.certificates.client.as_ref().filter(|_| all.otlp.tls.identity.is_some());
        text(file.map_or_else(|| "none".to_owned(), |file| file.path.display().to_string()))
    }),
    Row(&["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"], |all| {
        let file = all.settings.otlp.certificates.key.as_ref().filter(|_| all.otlp.tls.identity.is_some());
        text(file.map_or_else(|| "none".to_owned(), |file| file.path.display().to_string()))
    }),
    Row(&["OTEL_METRICS_EXPORTER"], |all| text(if all.settings.metrics.is_some() { "otlp" } else { "none" })),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], |all| {
        let is_over_http = all.settings.metrics.as_ref()?.is_over_http;
        text(if is_over_http { "http/protobuf" } else { "grpc" })
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"], |all| {
        Some(masked(all.settings.metrics.as_ref()?.url().as_str()))
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_INSECURE"], |all| all.set("OTEL_EXPORTER_OTLP_METRICS_INSECURE")),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], |all| {
        let names = all.settings.metrics.as_ref()?.headers.keys();
        let names: Vec<_> = names.map(|name| format!("{name}={MASK}")).collect();
        text(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], |all| {
        milliseconds(all.settings.metrics.as_ref()?.timeout)
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"], |all| {
        file(all.settings.metrics.as_ref()?.certificates.roots.as_ref()?)
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], |all| {
        file(all.settings.metrics.as_ref()?.certificates.client.as_ref()?)
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"], |all| {
        file(all.settings.metrics.as_ref()?.certificates.key.as_ref()?)
    }),
];

/// The path of a file, unless it is what should stand in one.
fn file(file: &File) -> Option<String> {
    (!file.is_pem_itself()).then(|| file.path.display().to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "as the rows want it")]
fn text(value: impl std::fmt::Display) -> Option<String> {
    Some(value.to_string())
}

fn milliseconds(time: std::time::Duration) -> Option<String> {
    if time >= LONGEST { text("without end") } else { text(format_args!("{} ms", time.as_millis())) }
}

#[cfg(any(feature = "logs", feature = "log"))]
fn exception_signal(all: &Effective<'_>) -> Option<String> {
    use crate::logs::ExceptionSignal;

    text(match all.settings.exception_signal.unwrap_or_default() {
        ExceptionSignal::SpanEvents => "events of the span",
        ExceptionSignal::Logs => "logs",
        ExceptionSignal::Both => "logs/dup",
    })
}

#[cfg(not(any(feature = "logs", feature = "log")))]
fn exception_signal(_all: &Effective<'_>) -> Option<String> {
    text("events of the span")
}

#[cfg(any(feature = "client", feature = "server"))]
fn known_methods(all: &Effective<'_>) -> Option<String> {
    Some(
        all.settings
            .known_methods
            .as_ref()
            .map_or_else(|| "those of RFC 9110, PATCH, QUERY".to_owned(), |known| known.join(",")),
    )
}

#[cfg(not(any(feature = "client", feature = "server")))]
fn known_methods(_all: &Effective<'_>) -> Option<String> {
    None
}

/// All that is to be shown.
pub(super) fn rows(all: &Effective<'_>) -> Vec<Variable> {
    ROWS.iter().filter_map(|row| shown_row(row, all)).collect()
}

fn shown_row(Row(names, value): &Row, all: &Effective<'_>) -> Option<Variable> {
    let settings = all.settings;
    let own = *names.first()?;
    let set = names.iter().copied().find(|name| all.set(name).is_some());
    let is_of_metrics = own.starts_with("OTEL_EXPORTER_OTLP_METRICS");
    let is_of_traces = own.starts_with("OTEL_EXPORTER_OTLP_TRACES");
    let in_code =
        names.iter().any(|name| all.said.contains(name)) && (!is_of_metrics || settings.metrics.is_some());
    let to_collector = settings.exporters().contains(&TracesExporter::Otlp) && !all.has_own_exporter;
    if is_of_traces && !to_collector && set.is_none() && !in_code {
        return None;
    }
    if is_of_metrics && settings.metrics.is_none() && all.set(own).is_none() {
        return None;
    }
    // The general name is the one that people know, of traces.
    let general = names.last().copied().filter(|_| is_of_traces).unwrap_or(own);
    let name = set.filter(|_| is_of_traces).unwrap_or(general);
    let is_wrong = set.is_some_and(|name| settings.warnings.iter().any(|warning| warning.variable == name));
    let value = value(all);
    let source = match set {
        _ if own == "OTEL_SERVICE_NAME" => match all.name {
            Some((_, _, source)) if source == own => "environment".to_owned(),
            Some((_, _, source)) => source.clone(),
            None => "default".to_owned(),
        },
        _ if own == "OTEL_TRACES_EXPORTER" && all.has_own_exporter => "in the code".to_owned(),
        _ if in_code => "in the code".to_owned(),
        Some(_) if is_wrong => "what is right of it: see below".to_owned(),
        Some(by) if by == name => "environment".to_owned(),
        Some(by) => format!("environment, {by}"),
        None => default_of(own, settings),
    };
    let value = match value {
        Some(value) => value,
        None if set.is_some() => "not used".to_owned(),
        None => return None,
    };
    Some(Variable { name, value: crate::diag::shown(&value), source })
}

/// Where a value is from that nobody has said.
fn default_of(name: &str, settings: &Settings) -> String {
    match name {
        "OTEL_TRACES_EXPORTER" if settings.otlp.endpoint.is_some() => "default, since an endpoint is set",
        "OTEL_TRACES_EXPORTER" => "default, since no endpoint is set",
        _ => "default",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_of_the_documentation_has_a_row() {
        let documented = include_str!("../../../docs/configuration.md")
            .lines()
            .filter(|line| line.starts_with("| `OTEL_"));
        for line in documented {
            let names = line
                .split('|')
                .nth(1)
                .expect("a column")
                .split(',')
                .map(|name| name.trim().trim_matches('`'));
            for name in names {
                assert!(ROWS.iter().any(|Row(names, _)| names.contains(&name)), "{name}");
            }
        }
    }
}
