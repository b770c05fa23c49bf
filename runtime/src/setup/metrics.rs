//! A meter provider, where one is asked for: OpenTelemetry's SDK, exporting by OTLP.

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

use super::env::MetricsSetting;
use crate::diag;
use crate::export::Tls;

/// The provider, and how the thread is told to end on which the exporter's channel lives.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    provider: SdkMeterProvider,
    over: Arc<Notify>,
}

/// Sets a global meter provider. Where that fails it is told, and there is none.
pub(super) fn start(setting: MetricsSetting, tls: Tls, resource: Vec<KeyValue>) -> Option<Metrics> {
    let over = Arc::new(Notify::new());
    let ends = Arc::clone(&over);
    let (made, is_made) = std::sync::mpsc::channel();
    // The channel to a collector lives as long as the runtime that it was made in, and a client that blocks must not be made
    // in one.
    let work = move || match exporter(&setting, tls) {
        Ok((exporter, runtime)) => {
            let _ = made.send(Ok(exporter));
            if let Some(runtime) = runtime {
                runtime.block_on(ends.notified());
            }
        }
        Err(why) => {
            let _ = made.send(Err(why));
        }
    };
    let thread = std::thread::Builder::new().name("spanwise-metrics".to_owned()).spawn(work);
    let exporter =
        thread.map_err(|why| why.to_string()).and_then(|_| is_made.recv().map_err(|why| why.to_string())?);
    let exporter = exporter.inspect_err(|why| {
        diag::warn(format_args!("metrics are not exported, as OTEL_METRICS_EXPORTER asks: {why}"))
    });
    let resource = Resource::builder_empty().with_schema_url(resource, crate::SCHEMA_URL).build();
    let provider =
        SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(exporter.ok()?).build();
    global::set_meter_provider(provider.clone());
    Some(Metrics { provider, over })
}

#[cfg_attr(
    not(feature = "tls"),
    expect(clippy::needless_pass_by_value, unused_variables, reason = "there is none to use it")
)]
fn exporter(setting: &MetricsSetting, tls: Tls) -> Result<(MetricExporter, Option<Runtime>), String> {
    let url = setting.url();
    let endpoint = url.as_str();
    if setting.is_over_http {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = setting.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        let builder =
            MetricExporter::builder().with_http().with_endpoint(endpoint).with_timeout(setting.timeout);
        let builder = builder.with_headers(headers.collect::<HashMap<_, _>>());
        #[cfg(feature = "tls")]
        let builder = if tls.is_empty() {
            builder
        } else {
            let client = tls.http_blocking(reqwest::blocking::Client::builder());
            builder
                .with_http_client(client.and_then(|client| client.build()).map_err(|why| diag::causes(&why))?)
        };
        let exporter = builder.build();
        return Ok((exporter.map_err(|why| why.to_string())?, None));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    let within = runtime.enter();
    let builder =
        MetricExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(setting.timeout);
    let builder = builder.with_metadata(MetadataMap::from_headers(setting.headers.clone()));
    #[cfg(feature = "tls")]
    let builder = if url.scheme() == "https" { builder.with_tls_config(tls.grpc()) } else { builder };
    let exporter = builder.build();
    drop(within);
    Ok((exporter.map_err(|why| why.to_string())?, Some(runtime)))
}

/// Something that the SDK does on a thread of its own, since it may take as long as it likes.
#[derive(Debug)]
pub(super) struct Ending(Receiver<OTelSdkResult>);

impl Metrics {
    /// Begins to export what there is, and to end.
    pub(super) fn shut_down(&self) -> Ending {
        let (provider, over) = (self.provider.clone(), Arc::clone(&self.over));
        Ending::begin(move || {
            let ended = provider.shutdown();
            over.notify_one();
            ended
        })
    }

    /// Begins to export what there is.
    pub(super) fn flush(&self) -> Ending {
        let provider = self.provider.clone();
        Ending::begin(move || provider.force_flush())
    }
}

impl Ending {
    fn begin(work: impl FnOnce() -> OTelSdkResult + Send + 'static) -> Self {
        let (done, is_done) = std::sync::mpsc::channel();
        let work = move || {
            let _ = done.send(work());
        };
        // Without a thread there is nothing to wait for.
        let _ = std::thread::Builder::new().name("spanwise-metrics-end".to_owned()).spawn(work);
        Self(is_done)
    }

    /// Waits for it, so long.
    pub(super) fn wait(self, within: Duration) {
        match self.0.recv_timeout(within) {
            Ok(Err(OTelSdkError::AlreadyShutdown) | Ok(())) | Err(RecvTimeoutError::Disconnected) => {}
            Ok(Err(why)) => diag::warn(format_args!("the metrics were not exported: {why}")),
            Err(RecvTimeoutError::Timeout) => diag::warn("the metrics were not exported in time"),
        }
    }
}
