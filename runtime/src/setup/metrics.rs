//! A meter provider, where one is asked for: OpenTelemetry's SDK, exporting by OTLP.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::env::MetricsSetting;
use crate::diag;

/// The provider, and how the thread is told to end on which the exporter's channel lives.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    provider: SdkMeterProvider,
    over: Arc<Notify>,
}

/// Sets a global meter provider. Where that fails it is told, and there is none.
pub(super) fn start(setting: MetricsSetting, resource: Vec<KeyValue>) -> Option<Metrics> {
    let over = Arc::new(Notify::new());
    let ends = Arc::clone(&over);
    let (made, is_made) = std::sync::mpsc::channel();
    // The channel to a collector lives as long as the runtime that it was made in, and a client that blocks must not be made
    // in one.
    let work = move || match exporter(&setting) {
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

fn exporter(setting: &MetricsSetting) -> Result<(MetricExporter, Option<Runtime>), String> {
    let endpoint = setting.endpoint.as_str();
    if setting.is_over_http {
        let exporter = MetricExporter::builder().with_http().with_endpoint(endpoint).build();
        return Ok((exporter.map_err(|why| why.to_string())?, None));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    let within = runtime.enter();
    let exporter = MetricExporter::builder().with_tonic().with_endpoint(endpoint).build();
    drop(within);
    Ok((exporter.map_err(|why| why.to_string())?, Some(runtime)))
}

impl Metrics {
    /// Exports what there is, and ends. Takes no longer than this, whatever the exporter does.
    pub(super) fn shut_down(self, within: Duration) {
        let (done, is_done) = std::sync::mpsc::channel();
        let provider = self.provider;
        let work = move || {
            let _ = done.send(provider.shutdown());
        };
        let thread = std::thread::Builder::new().name("spanwise-metrics-end".to_owned()).spawn(work);
        if thread.is_ok()
            && let Ok(Err(why)) = is_done.recv_timeout(within)
        {
            diag::warn(format_args!("at shutdown the metrics were not exported: {why}"));
        }
        self.over.notify_one();
    }

    /// Exports what there is.
    pub(super) fn flush(&self) {
        // What the exporter says of it is told by the SDK.
        let _ = self.provider.force_flush();
    }
}
