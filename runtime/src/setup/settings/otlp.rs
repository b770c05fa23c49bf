//! How traces and metrics are sent by OTLP. A variable for one signal overrides the general one.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::endpoint::{
    DEFAULT_ENDPOINT, OtlpEndpoint, ParsedEndpoint, credentials_warning, default_endpoint, masked,
    parse_endpoint,
};
use super::otlp_choices::{OtlpCompression, OtlpProtocol};
use super::queue::{show_duration, timeout_or_none};
use super::reader::{Reader, pairs};
use super::values::{CertificateFile, OtlpSignalSettings, PipelineSettings, Signal};
use super::variable::{Documentation, Effective, Read, Variable};
use crate::diag;
use crate::export::Compression;
use crate::setup::builder::Builder;
use crate::setup::environment::{Lookup, non_empty};

/// The protocol comes before what depends on it.
pub(super) static VARIABLES: &[&Variable] = &[
    &PROTOCOL,
    &ENDPOINT,
    &INSECURE,
    &HEADERS,
    &TIMEOUT,
    &COMPRESSION,
    &CERTIFICATE,
    &CLIENT_CERTIFICATE,
    &CLIENT_KEY,
];

const ALL_SIGNALS: &[Signal] = &[Signal::Traces, Signal::Metrics];

static PROTOCOL: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| Some(if all.otlp()?.is_over_http { HTTP_PROTOBUF } else { GRPC }.to_owned())),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        Read::EachSignal(read_protocol),
        Documentation {
            in_code: &["otlp_protocol"],
            default: "`grpc`, which uses no proxy (a warning says so); also `http/protobuf`, which replaces `http/json` and follows \
                      `HTTPS_PROXY` and its relatives",
            used_by: "OTLP",
            tests: &[
                "otlp::protocols",
                "otlp::a_proxy_that_grpc_ignores",
                "metrics::only_if_they_are_asked_for",
            ],
        },
    )
};

static ENDPOINT: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| Some(masked(all.otlp()?.url(all.signal?).as_str()))),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        Read::EachSignal(read_endpoint),
        Documentation {
            in_code: &["otlp_endpoint"],
            default: "`http://localhost:4317`, over HTTP `http://localhost:4318`. Over HTTP the general address gets `/v1/traces` or \
                      `/v1/metrics` appended; the address for one signal is used as it is",
            used_by: "OTLP",
            tests: &["otlp::endpoints", "metrics::only_if_they_are_asked_for"],
        },
    )
};

static INSECURE: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        // It decides only for an address without a scheme.
        let insecure = all.value(&INSECURE)?;
        let decides = all.value(&ENDPOINT).is_some_and(|endpoint| !endpoint.contains("://"));
        decides.then(|| insecure.eq_ignore_ascii_case("true").to_string())
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_INSECURE",
        Read::ByAnother,
        Documentation {
            in_code: &[],
            default: "unset: an address without `http://` or `https://` is malformed; `true` adds the first, `false` the second",
            used_by: "OTLP/gRPC",
            tests: &["otlp::addresses_without_a_scheme", "metrics::only_if_they_are_asked_for"],
        },
    )
};

static HEADERS: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        // Values are keys to the backend.
        let names: Vec<_> = all.otlp()?.headers.keys().map(|name| format!("{name}=****")).collect();
        Some(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_HEADERS",
        Read::EachSignal(|reader, otlp| otlp.headers = read_headers(reader)),
        Documentation {
            in_code: &["otlp_header"],
            default: "none; `key=value,key=value`, percent-encoded; values are never printed",
            used_by: "OTLP",
            tests: &["otlp::headers", "metrics::override_the_general_ones"],
        },
    )
};

static TIMEOUT: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        Some(show_duration(match all.signal? {
            Signal::Traces => all.settings.request_timeout(),
            Signal::Metrics => all.otlp()?.timeout,
        }))
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        Read::EachSignal(|reader, otlp| otlp.timeout = reader.timeout(otlp.timeout)),
        Documentation {
            in_code: &["otlp_timeout"],
            default: "10000 ms for a request; 0 means no timeout",
            used_by: "OTLP",
            tests: &["otlp::timeouts", "metrics::override_the_general_ones"],
        },
    )
};

static COMPRESSION: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        let name = match all.otlp()?.compression {
            None => "none",
            Some(Compression::Gzip) => "gzip",
            #[cfg(feature = "zstd")]
            Some(Compression::Zstd) => "zstd",
        };
        Some(name.to_owned())
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        Read::EachSignal(read_compression),
        Documentation {
            in_code: &["otlp_compression"],
            default: "`none`; also `gzip`, and `zstd` with the feature `zstd`",
            used_by: "OTLP",
            tests: &["otlp::compressions", "metrics::override_the_general_ones"],
        },
    )
};

static CERTIFICATE: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        let otlp = all.otlp()?;
        let file = otlp.certificates.roots.as_ref().filter(|_| otlp.tls.roots.is_some());
        show_file(all, file, "the system's authorities")
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        Read::EachSignal(|reader, otlp| otlp.certificates.roots = read_file(reader)),
        Documentation {
            in_code: &["otlp_certificate"],
            default: "the system's authorities; a PEM file with certificates replaces them",
            used_by: "OTLP over TLS",
            tests: &["otlp::certificates", "metrics::override_the_general_ones"],
        },
    )
};

static CLIENT_CERTIFICATE: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        let otlp = all.otlp()?;
        show_file(all, otlp.certificates.client.as_ref().filter(|_| otlp.tls.identity.is_some()), "none")
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        Read::EachSignal(|reader, otlp| otlp.certificates.client = read_file(reader)),
        Documentation {
            in_code: &["otlp_client_certificate"],
            default: "none; a PEM file",
            used_by: "OTLP over TLS",
            tests: &["otlp::certificates", "metrics::override_the_general_ones"],
        },
    )
};

static CLIENT_KEY: Variable = Variable {
    signals: ALL_SIGNALS,
    show: Some(|all| {
        let otlp = all.otlp()?;
        show_file(all, otlp.certificates.key.as_ref().filter(|_| otlp.tls.identity.is_some()), "none")
    }),
    ..Variable::new(
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        Read::EachSignal(|reader, otlp| otlp.certificates.key = read_file(reader)),
        Documentation {
            in_code: &["otlp_client_certificate"],
            default: "none; a PEM file",
            used_by: "OTLP over TLS",
            tests: &["otlp::certificates", "metrics::override_the_general_ones"],
        },
    )
};

const GRPC: &str = "grpc";
const HTTP_PROTOBUF: &str = "http/protobuf";

/// Traces need the feature `otlp-http` for HTTP; metrics do not.
fn read_protocol(reader: &mut Reader<'_>, otlp: &mut OtlpSignalSettings) {
    let Some(value) = reader.text() else { return };
    let is_traces = reader.is_for(Signal::Traces);
    otlp.is_over_http = match value.to_ascii_lowercase().as_str() {
        GRPC => false,
        HTTP_PROTOBUF | "http/json" if !is_traces => true,
        HTTP_PROTOBUF if cfg!(feature = "otlp-http") => true,
        "http/json" if cfg!(feature = "otlp-http") => {
            let problem = "is not supported; a collector that accepts it accepts protobuf, too";
            reader.warn(&value, problem, HTTP_PROTOBUF);
            true
        }
        HTTP_PROTOBUF | "http/json" => {
            let problem = "needs Spanwise's feature `otlp-http`; without it, the endpoint must be the collector's gRPC port, \
                           usually 4317";
            reader.warn(&value, problem, GRPC);
            false
        }
        _ => {
            reader.warn(&value, "is not a protocol of OTLP (grpc, http/protobuf, http/json)", GRPC);
            false
        }
    };
}

fn read_endpoint(reader: &mut Reader<'_>, otlp: &mut OtlpSignalSettings) {
    let Some(value) = reader.text() else { return };
    let value = if otlp.is_over_http { value } else { with_scheme(reader, value) };
    otlp.endpoint = Some(match parse_endpoint(&value) {
        Ok(ParsedEndpoint { url, had_credentials }) => {
            if had_credentials {
                reader.warn_text(credentials_warning(&reader.name()));
            }
            if reader.is_own_name() { OtlpEndpoint::Whole(url) } else { OtlpEndpoint::General(url) }
        }
        Err(problem) => {
            reader.warn(&masked(&value), &problem, default_endpoint(otlp.is_over_http));
            OtlpEndpoint::Default
        }
    });
}

/// Adds the scheme to an address for gRPC that has none. Without [`INSECURE`] the specification would use TLS, which is not
/// what the author of `localhost:4317` means: such an address is malformed.
fn with_scheme(reader: &mut Reader<'_>, address: String) -> String {
    if address.contains("://") {
        return address;
    }
    match reader.beside(INSECURE.name, |reader| reader.text().map(|_| reader.boolean())) {
        Some(true) => format!("http://{address}"),
        Some(false) => format!("https://{address}"),
        None => address,
    }
}

fn read_compression(reader: &mut Reader<'_>, otlp: &mut OtlpSignalSettings) {
    let Some(value) = reader.text() else { return };
    match value.to_ascii_lowercase().as_str() {
        "gzip" => otlp.compression = Some(Compression::Gzip),
        #[cfg(feature = "zstd")]
        "zstd" => otlp.compression = Some(Compression::Zstd),
        #[cfg(not(feature = "zstd"))]
        "zstd" => reader.warn(&value, "needs Spanwise's feature `zstd`", "none"),
        "none" => {}
        _ => reader.warn(&value, "is not one of gzip, zstd, none", "none"),
    }
}

fn read_file(reader: &Reader<'_>) -> Option<CertificateFile> {
    let path = reader.text()?.into();
    Some(CertificateFile { variable: reader.name(), path })
}

fn read_headers(reader: &mut Reader<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(value) = reader.text() else { return headers };
    let mut is_well_formed = true;
    for pair in value.split(',').filter(|pair| !pair.trim().is_empty()) {
        let entry = pairs(pair).and_then(|mut pairs| pairs.pop());
        match entry.and_then(|(key, value)| header(&key, value)) {
            // A map of headers has a maximum size.
            Some((key, value)) => is_well_formed &= headers.try_insert(key, value).is_ok(),
            None => is_well_formed = false,
        }
    }
    if !is_well_formed {
        let name = reader.name();
        reader.warn_text(format!(
            "{name} (value not shown) has an entry that is not a header like `key=value`; using the other entries"
        ));
    }
    headers
}

/// A header whose value no debug output shows.
fn header(key: &str, value: String) -> Option<(HeaderName, HeaderValue)> {
    let key = HeaderName::from_bytes(key.to_ascii_lowercase().as_bytes()).ok()?;
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some((key, value))
}

/// The path of a file that is in use; for traces also what is used without one.
fn show_file(all: &Effective<'_>, file: Option<&CertificateFile>, default: &str) -> Option<String> {
    let path = file.map(|file| file.path.display().to_string());
    path.or_else(|| (all.signal == Some(Signal::Traces)).then(|| default.to_owned()))
}

/// Warns of certificates that an address without TLS leaves unused.
pub(in crate::setup) fn check_tls(settings: &mut PipelineSettings) {
    let url = settings.otlp.url(Signal::Traces);
    if !settings.otlp.tls.is_empty() && url.scheme() == "http" {
        let address = url.origin().ascii_serialization();
        settings.warn(
            CERTIFICATE.name,
            format!("certificates are not used: {address} is not an address with TLS; TLS needs `https://`"),
        );
    }
}

/// Overrides the settings of a collector. What the code sets applies to all signals.
impl Builder {
    fn override_each_signal(
        self,
        variable: &'static Variable,
        change: impl Fn(&mut OtlpSignalSettings) + 'static,
    ) -> Self {
        self.override_with(variable, move |settings| for_each_signal(settings, &change))
    }

    /// Sets the collector's address. Overrides `OTEL_EXPORTER_OTLP_ENDPOINT` and its forms for one signal.
    ///
    /// OTLP/HTTP appends `/v1/traces` or `/v1/metrics`. Unless [`exporters`](Self::exporters) or `OTEL_TRACES_EXPORTER` name
    /// others, spans are exported by OTLP.
    pub fn otlp_endpoint(self, endpoint: impl Into<String>) -> Self {
        const SOURCE: &str = "the endpoint given to the builder";
        let endpoint = endpoint.into();
        self.override_with(&ENDPOINT, move |settings| match parse_endpoint(&endpoint) {
            Ok(ParsedEndpoint { url, had_credentials }) => {
                if had_credentials {
                    settings.warn(ENDPOINT.name, credentials_warning(SOURCE));
                }
                for_each_signal(settings, |otlp| otlp.endpoint = Some(OtlpEndpoint::General(url.clone())));
            }
            Err(problem) => {
                let instead = match settings.otlp.endpoint.get_or_insert(OtlpEndpoint::Default) {
                    OtlpEndpoint::Default => default_endpoint(settings.otlp.is_over_http),
                    _ => "the endpoint of the environment",
                };
                let shown = diag::escaped(&masked(&endpoint));
                settings.warn(ENDPOINT.name, format!("{SOURCE}, {shown:?}, {problem}; using {instead}"));
            }
        })
    }

    /// Sets the protocol. Overrides `OTEL_EXPORTER_OTLP_PROTOCOL`. The default is gRPC.
    pub fn otlp_protocol(self, protocol: OtlpProtocol) -> Self {
        let is_over_http = protocol != OtlpProtocol::Grpc;
        self.override_each_signal(&PROTOCOL, move |otlp| otlp.is_over_http = is_over_http)
    }

    /// Adds a header to each request to the collector. It replaces a header of the same name in `OTEL_EXPORTER_OTLP_HEADERS`
    /// and keeps the others. Its value is never printed. A malformed header is left out with a warning.
    pub fn otlp_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.add_to(&HEADERS, move |settings| match header(&name, value) {
            Some((name, value)) => for_each_signal(settings, |otlp| {
                otlp.headers.insert(name.clone(), value.clone());
            }),
            None => {
                let shown = diag::escaped(&name);
                let text = format!(
                    "the header {shown:?} given to the builder (value not shown) is malformed; leaving it out"
                );
                settings.warn(HEADERS.name, text);
            }
        })
    }

    /// Sets how long a request to the collector may take; zero means no timeout. Overrides `OTEL_EXPORTER_OTLP_TIMEOUT`. The
    /// default is 10 seconds.
    pub fn otlp_timeout(self, timeout: Duration) -> Self {
        self.override_each_signal(&TIMEOUT, move |otlp| otlp.timeout = timeout_or_none(timeout))
    }

    /// Sets how requests with traces are compressed; `None` turns compression off. Overrides
    /// `OTEL_EXPORTER_OTLP_COMPRESSION`. The default is no compression.
    pub fn otlp_compression(self, compression: impl Into<Option<OtlpCompression>>) -> Self {
        let compression = compression.into().map(Into::into);
        self.override_each_signal(&COMPRESSION, move |otlp| otlp.compression = compression)
    }

    /// Sets the PEM file with the certificate authorities that sign the collector's certificate; no others are trusted then.
    /// Overrides `OTEL_EXPORTER_OTLP_CERTIFICATE`. The default is the system's authorities, which also replace an unreadable
    /// file. [`init`](Self::init) reads it once.
    pub fn otlp_certificate(self, path: impl Into<PathBuf>) -> Self {
        let file = CertificateFile { variable: CERTIFICATE.name.to_owned(), path: path.into() };
        self.override_each_signal(&CERTIFICATE, move |otlp| otlp.certificates.roots = Some(file.clone()))
    }

    /// Sets the PEM files with the client's certificate (and those that signed it) and its private key, for a collector that
    /// asks for them. Overrides `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`. The default is
    /// none.
    pub fn otlp_client_certificate(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let client =
            CertificateFile { variable: CLIENT_CERTIFICATE.name.to_owned(), path: certificate.into() };
        let key = CertificateFile { variable: CLIENT_KEY.name.to_owned(), path: key.into() };
        self.override_each_signal(&CLIENT_CERTIFICATE, move |otlp| {
            otlp.certificates.client = Some(client.clone());
        })
        .override_each_signal(&CLIENT_KEY, move |otlp| otlp.certificates.key = Some(key.clone()))
    }
}

fn for_each_signal(settings: &mut PipelineSettings, change: impl Fn(&mut OtlpSignalSettings)) {
    change(&mut settings.otlp);
    if let Some(metrics) = &mut settings.metrics {
        change(metrics);
    }
}

/// The address that [`init`](crate::init) recommends where none is set.
pub(in crate::setup) fn endpoint_example() -> String {
    format!("{}={DEFAULT_ENDPOINT}", ENDPOINT.name)
}

/// Warns of a proxy in the environment: OTLP/gRPC does not go through it, though others that read these variables do.
pub(in crate::setup) fn warn_of_ignored_proxy(settings: &mut PipelineSettings, lookup: &Lookup<'_>) {
    let value = |name: &str| non_empty(lookup, name);
    for signal in ALL_SIGNALS {
        let Some(otlp) = settings.signal(*signal).filter(|otlp| !otlp.is_over_http) else { continue };
        let Some(endpoint) = &otlp.endpoint else { continue };
        let url = endpoint.url(false, "");
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_here =
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let names = match url.scheme() {
            "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let Some(name) = names.into_iter().find(|name| value(name).is_some()) else { continue };
        let direct = value("NO_PROXY").or_else(|| value("no_proxy")).unwrap_or_default();
        let is_direct = direct.split(',').map(|name| name.trim().trim_start_matches('.')).any(|name| {
            name == "*" || host == name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
        });
        if !is_here && !is_direct {
            let text = format!(
                "{name} is set, but OTLP/gRPC connects to {host} directly; OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf goes \
                 through the proxy"
            );
            settings.warn(name, text);
        }
    }
}
