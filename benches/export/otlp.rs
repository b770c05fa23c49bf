//! The exporter of the peers: opentelemetry-otlp over gRPC, which needs a Tokio runtime.

use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use spanwise_benches::QUEUE_SIZE;
use tokio::runtime::{Builder, Runtime};

/// Returns a runtime for the gRPC client, with the one thread that it needs. Keep it until the end.
pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

pub(crate) fn resource() -> Resource {
    Resource::builder().with_service_name("bench").build()
}

/// Returns an exporter to this address. The runtime drives its connection.
pub(crate) fn exporter(runtime: &Runtime, endpoint: &str) -> SpanExporter {
    let _entered = runtime.enter();
    SpanExporter::builder().with_tonic().with_endpoint(endpoint).build().expect("the address is valid")
}

/// Returns the SDK with its batch processor, whose queue is as large as Spanwise's.
pub(crate) fn provider(runtime: &Runtime, endpoint: &str) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE_SIZE).build();
    let processor =
        BatchSpanProcessor::builder(exporter(runtime, endpoint)).with_batch_config(config).build();
    SdkTracerProvider::builder().with_resource(resource()).with_span_processor(processor).build()
}
