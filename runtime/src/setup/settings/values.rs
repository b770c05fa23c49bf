//! The values that the environment and the code set together.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderMap;
use url::Url;

use super::endpoint::OtlpEndpoint;
use crate::diag::Verbosity;
use crate::engine::queue::span_queue::QueueLimits;
use crate::engine::span::limits::Limits;
use crate::export::{Batching, Compression, Protocol, Tls};
use crate::level::Level;
#[cfg(any(feature = "logs", feature = "log"))]
use crate::logs::ExceptionSignal;
use crate::propagation::Propagators;
use crate::sampling::config::SamplerConfig;
use crate::setup::traces_exporter::TracesExporter;

/// The longest that anything waits, one year: sums of such durations do not overflow.
pub(in crate::setup) const MAX_DURATION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The default of `OTEL_EXPORTER_OTLP_TIMEOUT`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The default of `OTEL_BSP_EXPORT_TIMEOUT`.
pub(super) const EXPORT_TIMEOUT: Duration = Duration::from_secs(30);
/// The default of `OTEL_BSP_MAX_QUEUE_SIZE`. The specification's 2048 fill up in less than a millisecond when many spans end
/// at once.
pub(super) const MAX_QUEUE_SIZE: usize = 65_536;
/// The default of `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`: four times the specification's 512, because a request costs the same
/// however many spans it carries. A batch of large spans is sealed earlier.
pub(super) const MAX_BATCH_SIZE: usize = 2_048;
/// How many spans a thread buffers before it hands them to the queue.
const MAX_CHUNK_SIZE: usize = 512;

/// What `init` is asked to set up.
#[derive(Debug)]
pub(in crate::setup) struct PipelineSettings {
    pub(in crate::setup) is_disabled: bool,
    pub(in crate::setup) verbosity: Verbosity,
    pub(in crate::setup) max_level: Option<Level>,
    pub(in crate::setup) service_name: Option<String>,
    pub(in crate::setup) resource: Vec<(String, String)>,
    pub(in crate::setup) sampling: SamplerConfig,
    /// The name in `OTEL_TRACES_SAMPLER`; `None` for a sampler that the code provides.
    pub(in crate::setup) sampler_name: Option<String>,
    /// `None` if neither the environment nor the code names one: the endpoint decides then.
    pub(in crate::setup) exporters: Option<Vec<TracesExporter>>,
    /// How traces are sent by OTLP.
    pub(in crate::setup) otlp: OtlpSignalSettings,
    pub(in crate::setup) queue: QueueSettings,
    pub(in crate::setup) limits: Limits,
    pub(in crate::setup) propagators: Propagators,
    /// How metrics are sent by OTLP; `None` if they are not.
    pub(in crate::setup) metrics: Option<OtlpSignalSettings>,
    #[cfg(any(feature = "logs", feature = "log"))]
    pub(in crate::setup) exception_signal: Option<ExceptionSignal>,
    /// Replaces the HTTP methods that are known by default.
    #[cfg(any(feature = "client", feature = "server"))]
    pub(in crate::setup) known_methods: Option<Vec<String>>,
    pub(in crate::setup) warnings: Vec<ConfigWarning>,
}

/// What an empty environment sets.
impl Default for PipelineSettings {
    fn default() -> Self {
        Self {
            is_disabled: false,
            verbosity: Verbosity::Notes,
            max_level: None,
            service_name: None,
            resource: Vec::new(),
            sampling: SamplerConfig::parent_based(opentelemetry_sdk::trace::Sampler::AlwaysOn),
            sampler_name: None,
            exporters: None,
            otlp: OtlpSignalSettings::default(),
            queue: QueueSettings::default(),
            limits: Limits::default(),
            propagators: Propagators::default(),
            metrics: None,
            #[cfg(any(feature = "logs", feature = "log"))]
            exception_signal: None,
            #[cfg(any(feature = "client", feature = "server"))]
            known_methods: None,
            warnings: Vec::new(),
        }
    }
}

impl PipelineSettings {
    /// Where spans go: to a collector if an endpoint is set, else to the console, unless exporters are named.
    pub(in crate::setup) fn exporters(&self) -> Vec<TracesExporter> {
        let by_endpoint =
            || if self.otlp.endpoint.is_some() { TracesExporter::Otlp } else { TracesExporter::Console };
        self.exporters.clone().unwrap_or_else(|| vec![by_endpoint()])
    }

    /// The OTLP settings of a signal; `None` if it is not exported.
    pub(in crate::setup) fn signal(&self, signal: Signal) -> Option<&OtlpSignalSettings> {
        match signal {
            Signal::Traces => Some(&self.otlp),
            Signal::Metrics => self.metrics.as_ref(),
        }
    }

    pub(super) fn signal_mut(&mut self, signal: Signal) -> Option<&mut OtlpSignalSettings> {
        match signal {
            Signal::Traces => Some(&mut self.otlp),
            Signal::Metrics => self.metrics.as_mut(),
        }
    }

    /// How long a request with traces may take: `OTEL_BSP_EXPORT_TIMEOUT` shortens it where it is set.
    pub(in crate::setup) fn request_timeout(&self) -> Duration {
        let timeout = self.otlp.timeout;
        self.queue.export_timeout.map_or(timeout, |export| timeout.min(export))
    }

    /// Adds a warning about `variable`.
    pub(in crate::setup) fn warn(&mut self, variable: &str, text: impl Into<String>) {
        self.warnings.push(ConfigWarning { variable: variable.to_owned(), text: text.into() });
    }

    /// Removes repeated warnings: two signals may read the same variable.
    pub(in crate::setup) fn deduplicate_warnings(&mut self) {
        let mut seen = HashSet::new();
        self.warnings.retain(|warning| seen.insert(warning.text.clone()));
    }
}

/// A signal that is exported by OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Signal {
    Traces,
    Metrics,
}

impl Signal {
    /// How the name of a variable for this signal spells it.
    pub(in crate::setup) const fn infix(self) -> &'static str {
        match self {
            Self::Traces => "TRACES_",
            Self::Metrics => "METRICS_",
        }
    }

    /// The path below `/v1/` that OTLP/HTTP posts it to.
    const fn path(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }
}

/// How a signal is sent by OTLP.
#[derive(Clone, Debug)]
pub(in crate::setup) struct OtlpSignalSettings {
    /// OTLP/HTTP, rather than OTLP/gRPC.
    pub(in crate::setup) is_over_http: bool,
    /// `None` if unset: the protocol's default.
    pub(in crate::setup) endpoint: Option<OtlpEndpoint>,
    pub(in crate::setup) headers: HeaderMap,
    pub(in crate::setup) timeout: Duration,
    pub(in crate::setup) compression: Option<Compression>,
    pub(in crate::setup) certificates: CertificateFiles,
    /// The contents of [`certificates`](Self::certificates), once they have been read.
    pub(in crate::setup) tls: Tls,
}

impl Default for OtlpSignalSettings {
    fn default() -> Self {
        Self {
            is_over_http: false,
            endpoint: None,
            headers: HeaderMap::new(),
            timeout: REQUEST_TIMEOUT,
            compression: None,
            certificates: CertificateFiles::default(),
            tls: Tls::default(),
        }
    }
}

impl OtlpSignalSettings {
    /// The address that requests with this signal go to.
    pub(in crate::setup) fn url(&self, signal: Signal) -> Url {
        let endpoint = self.endpoint.as_ref().unwrap_or(&OtlpEndpoint::Default);
        endpoint.url(self.is_over_http, signal.path())
    }

    /// The protocol for traces: OTLP/HTTP needs the feature `otlp-http`.
    pub(in crate::setup) const fn protocol(&self) -> Protocol {
        #[cfg(feature = "otlp-http")]
        if self.is_over_http {
            return Protocol::Http;
        }
        Protocol::Grpc
    }
}

/// The files that TLS needs.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct CertificateFiles {
    /// The certificate authorities to trust.
    pub(in crate::setup) roots: Option<CertificateFile>,
    /// The certificate that the collector may ask for.
    pub(in crate::setup) client: Option<CertificateFile>,
    /// The private key of [`client`](Self::client).
    pub(in crate::setup) key: Option<CertificateFile>,
}

/// A file in PEM format, and the variable that names it.
#[derive(Clone, Debug)]
pub(in crate::setup) struct CertificateFile {
    pub(in crate::setup) variable: String,
    pub(in crate::setup) path: PathBuf,
}

/// The queue and its batches.
#[derive(Clone, Copy, Debug)]
pub(in crate::setup) struct QueueSettings {
    pub(in crate::setup) max_queue_size: usize,
    /// `None` if unset.
    pub(in crate::setup) max_batch_size: Option<usize>,
    /// `None` if unset.
    pub(in crate::setup) schedule_delay: Option<Duration>,
    /// `None` if unset.
    pub(in crate::setup) export_timeout: Option<Duration>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            max_queue_size: MAX_QUEUE_SIZE,
            max_batch_size: None,
            schedule_delay: None,
            export_timeout: None,
        }
    }
}

impl QueueSettings {
    /// How many spans a batch may have.
    pub(in crate::setup) fn batch_size(self) -> usize {
        self.max_batch_size.unwrap_or(MAX_BATCH_SIZE).clamp(1, self.max_queue_size.max(1))
    }

    /// How long an export may take that has no timeout of its own.
    pub(in crate::setup) fn export_timeout(self) -> Duration {
        self.export_timeout.unwrap_or(EXPORT_TIMEOUT)
    }

    pub(in crate::setup) fn limits(self) -> QueueLimits {
        let batch = self.batch_size();
        QueueLimits {
            waiting: self.max_queue_size,
            chunk: batch.min(MAX_CHUNK_SIZE),
            wake: batch.min(self.max_queue_size / 2),
        }
    }

    pub(in crate::setup) fn batching(self, exporters: &[TracesExporter]) -> Batching {
        // At a terminal a person waits for the trace.
        let unset = if *exporters == [TracesExporter::Console] { 100 } else { 5_000 };
        let delay = self.schedule_delay.unwrap_or(Duration::from_millis(unset));
        Batching { max_batch_size: self.batch_size(), schedule_delay: delay }
    }
}

/// A value that is malformed, or does not do what its author probably expects.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::setup) struct ConfigWarning {
    /// The variable, or the [`Builder`](crate::Builder) method, that the warning is about.
    pub(in crate::setup) variable: String,
    pub(in crate::setup) text: String,
}
