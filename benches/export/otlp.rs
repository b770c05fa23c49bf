//! What the peers export with: opentelemetry-otlp over gRPC, which wants a Tokio runtime.

use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tokio::runtime::{Builder, Runtime};

/// A runtime for the gRPC client, with no more threads than that needs. To be kept until the end.
pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

pub(crate) fn resource() -> Resource {
    Resource::builder().with_service_name("bench").build()
}

/// An exporter to this address, whose connection is the runtime's affair.
pub(crate) fn exporter(runtime: &Runtime, endpoint: &str) -> SpanExporter {
    let _entered = runtime.enter();
    SpanExporter::builder().with_tonic().with_endpoint(endpoint).build().expect("the address is one")
}

/// The SDK with its batch processor, which has as much room as Spanwise.
pub(crate) fn provider(runtime: &Runtime, endpoint: &str) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default().with_max_queue_size(65_536).build();
    let processor =
        BatchSpanProcessor::builder(exporter(runtime, endpoint)).with_batch_config(config).build();
    SdkTracerProvider::builder().with_resource(resource()).with_span_processor(processor).build()
}
