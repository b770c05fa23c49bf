//! With the feature `metrics`: OpenTelemetry's SDK, exporting by OTLP.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use http::HeaderValue;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{MetricExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tonic::metadata::MetadataMap;

use crate::diag;
use crate::export::Compression;
use crate::setup::settings::values::{OtlpSignalSettings, Signal};

/// The feature that metrics need: this build has it.
pub(in crate::setup) const MISSING_FEATURE: Option<&str> = None;

/// The meter provider.
#[derive(Clone, Debug)]
pub(in crate::setup) struct MetricsPipeline {
    provider: SdkMeterProvider,
    /// Ends the thread that drives the exporter's connection.
    ended: Arc<Notify>,
}

/// Installs a global meter provider. If the exporter cannot be built, warns and installs none.
pub(in crate::setup) fn start(otlp: OtlpSignalSettings, resource: Vec<KeyValue>) -> Option<MetricsPipeline> {
    let ended = Arc::new(Notify::new());
    let end = Arc::clone(&ended);
    let (sender, receiver) = std::sync::mpsc::channel();
    // A gRPC connection needs the runtime that created it; a blocking HTTP client must not be created in one.
    let work = move || match exporter(otlp) {
        Ok((exporter, runtime)) => {
            let _ = sender.send(Ok(exporter));
            if let Some(runtime) = runtime {
                runtime.block_on(end.notified());
            }
        }
        Err(error) => {
            let _ = sender.send(Err(error));
        }
    };
    let thread = std::thread::Builder::new().name("spanwise-metrics".to_owned()).spawn(work);
    let exporter = thread
        .map_err(|error| error.to_string())
        .and_then(|_| receiver.recv().map_err(|error| error.to_string())?);
    let exporter =
        exporter.inspect_err(|error| diag::warn(format_args!("metrics are not exported: {error}")));
    let resource = Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build();
    let provider =
        SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(exporter.ok()?).build();
    global::set_meter_provider(provider.clone());
    Some(MetricsPipeline { provider, ended })
}

fn exporter(otlp: OtlpSignalSettings) -> Result<(MetricExporter, Option<Runtime>), String> {
    let url = otlp.url(Signal::Metrics);
    let endpoint = url.as_str();
    if otlp.is_over_http {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = otlp.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        let builder =
            MetricExporter::builder().with_http().with_endpoint(endpoint).with_timeout(otlp.timeout);
        let builder = builder.with_headers(headers.collect::<HashMap<_, _>>());
        let builder = match compression(&otlp) {
            Some(compression) => builder.with_compression(compression),
            None => builder,
        };
        #[cfg(feature = "tls")]
        let builder = if otlp.tls.is_empty() {
            builder
        } else {
            let client = otlp.tls.http_blocking(reqwest::blocking::Client::builder());
            let client = client.and_then(|client| client.build()).map_err(|error| diag::causes(&error))?;
            builder.with_http_client(client)
        };
        let exporter = builder.build();
        return Ok((exporter.map_err(|error| error.to_string())?, None));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let entered = runtime.enter();
    let builder = MetricExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(otlp.timeout);
    let compression = compression(&otlp);
    let builder = builder.with_metadata(MetadataMap::from_headers(otlp.headers));
    let builder = match compression {
        Some(compression) => builder.with_compression(compression),
        None => builder,
    };
    #[cfg(feature = "tls")]
    let builder = if url.scheme() == "https" { builder.with_tls_config(otlp.tls.grpc()) } else { builder };
    let exporter = builder.build();
    drop(entered);
    Ok((exporter.map_err(|error| error.to_string())?, Some(runtime)))
}

fn compression(otlp: &OtlpSignalSettings) -> Option<opentelemetry_otlp::Compression> {
    Some(match otlp.compression? {
        Compression::Gzip => opentelemetry_otlp::Compression::Gzip,
        #[cfg(feature = "zstd")]
        Compression::Zstd => opentelemetry_otlp::Compression::Zstd,
    })
}

/// An export on a thread of its own: the SDK may block for any time.
#[derive(Debug)]
pub(in crate::setup) struct PendingExport(Receiver<OTelSdkResult>);

impl MetricsPipeline {
    /// Starts a last export and the shutdown.
    pub(in crate::setup) fn shut_down(&self) -> PendingExport {
        let (provider, ended) = (self.provider.clone(), Arc::clone(&self.ended));
        PendingExport::start(move || {
            let result = provider.shutdown();
            ended.notify_one();
            result
        })
    }

    /// Starts an export.
    pub(in crate::setup) fn flush(&self) -> PendingExport {
        let provider = self.provider.clone();
        PendingExport::start(move || provider.force_flush())
    }
}

impl PendingExport {
    fn start(work: impl FnOnce() -> OTelSdkResult + Send + 'static) -> Self {
        let (sender, receiver) = std::sync::mpsc::channel();
        let work = move || {
            let _ = sender.send(work());
        };
        // If the thread cannot start, the receiver is disconnected and nothing waits: here the SDK may block for any time.
        if let Err(error) = std::thread::Builder::new().name("spanwise-metrics-end".to_owned()).spawn(work) {
            diag::warn(format_args!("the last metrics are not exported: no thread can be started: {error}"));
        }
        Self(receiver)
    }

    /// Waits until it has ended, for this long at most.
    pub(in crate::setup) fn wait(self, timeout: Duration) {
        match self.0.recv_timeout(timeout) {
            Ok(Err(OTelSdkError::AlreadyShutdown) | Ok(())) | Err(RecvTimeoutError::Disconnected) => {}
            Ok(Err(error)) => diag::warn(format_args!("the metrics were not exported: {error}")),
            Err(RecvTimeoutError::Timeout) => diag::warn("the metrics were not exported in time"),
        }
    }
}
