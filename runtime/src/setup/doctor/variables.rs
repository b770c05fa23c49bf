//! The effective value of each variable, and where it is from.

use opentelemetry::KeyValue;

use super::MASK;
use crate::diag::Verbosity;
use crate::export::{Compression, OtlpSettings, Protocol};
use crate::setup::env::{LONGEST, Settings, TracesExporter, masked};
use crate::setup::resource;

/// A line of the report.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) source: String,
}

/// What values are made of.
struct Effective<'a> {
    settings: &'a Settings,
    otlp: &'a OtlpSettings,
    resource: &'a [KeyValue],
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
    Row(&["OTEL_SERVICE_NAME"], |all| resource::service_name(all.resource)),
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
    Row(&["OTEL_TRACES_SAMPLER_ARG"], |_| None),
    Row(&["OTEL_BSP_SCHEDULE_DELAY"], |all| {
        milliseconds(all.settings.queue.batching(&all.settings.exporters()).delay)
    }),
    Row(&["OTEL_BSP_MAX_QUEUE_SIZE"], |all| text(all.settings.queue.waiting)),
    Row(&["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], |all| {
        text(all.settings.queue.batching(&all.settings.exporters()).most)
    }),
    Row(&["OTEL_BSP_EXPORT_TIMEOUT"], |all| milliseconds(all.settings.queue.export_timeout)),
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
    Row(&["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"], |_| None),
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
        Some(masked(all.settings.metrics.as_ref()?.endpoint.as_str()))
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], |all| {
        let names = all.settings.metrics.as_ref()?.headers.keys();
        let names: Vec<_> = names.map(|name| format!("{name}={MASK}")).collect();
        text(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], |all| {
        milliseconds(all.settings.metrics.as_ref()?.timeout)
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"], |all| {
        let file = all.settings.metrics.as_ref()?.certificates.roots.as_ref()?;
        text(file.path.display())
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], |all| {
        let file = all.settings.metrics.as_ref()?.certificates.client.as_ref()?;
        text(file.path.display())
    }),
    Row(&["OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"], |all| {
        let file = all.settings.metrics.as_ref()?.certificates.key.as_ref()?;
        text(file.path.display())
    }),
];

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
pub(super) fn rows(
    settings: &Settings,
    otlp: &OtlpSettings,
    said: &[&'static str],
    lookup: &dyn Fn(&str) -> Option<String>,
    resource: &[KeyValue],
) -> Vec<Variable> {
    let all = Effective { settings, otlp, resource };
    let to_collector = settings.exporters().contains(&TracesExporter::Otlp);
    let is_set = |name: &str| lookup(name).is_some_and(|value| !value.trim().is_empty());
    let rows = ROWS.iter().filter_map(|Row(names, value)| {
        let set = names.iter().find(|name| is_set(name));
        let in_code = names.iter().any(|name| said.contains(name));
        let is_of_otlp = names[0].starts_with("OTEL_EXPORTER_OTLP_TRACES");
        if is_of_otlp && !to_collector && set.is_none() && !in_code {
            return None;
        }
        if names[0].starts_with("OTEL_EXPORTER_OTLP_METRICS")
            && settings.metrics.is_none()
            && !is_set(names[0])
        {
            return None;
        }
        // The general name is the one that people know.
        let shown = names.last().filter(|_| names[0].contains("OTLP_TRACES")).copied().unwrap_or(names[0]);
        let name = set.filter(|_| names[0].contains("OTLP_")).copied().unwrap_or(shown);
        let is_wrong =
            set.is_some_and(|name| settings.warnings.iter().any(|warning| warning.variable == *name));
        let source = match set {
            _ if in_code => "in the code".to_owned(),
            Some(_) if is_wrong => "what is right of it: see below".to_owned(),
            Some(by) if *by == name => "environment".to_owned(),
            Some(by) => format!("environment, {by}"),
            None => default_of(names[0], settings),
        };
        let value = match value(&all) {
            Some(value) => value,
            None if set.is_some() => "not used".to_owned(),
            None => return None,
        };
        let value = crate::diag::shown(&value);
        Some(Variable { name, value, source })
    });
    rows.collect()
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
        let documented =
            include_str!("../../configuration.md").lines().filter(|line| line.starts_with("| `OTEL_"));
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
