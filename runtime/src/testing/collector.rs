//! An embedded OTLP/gRPC collector: a real tonic server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tonic::{Request, Response, Status};

use super::decode;
use super::received_span::ReceivedSpan;

/// The most spans that are kept; further spans are rejected.
const MAX_SPANS: usize = 200_000;

/// An OTLP/gRPC collector in the test's process. It listens on the loopback interface, on a port that the system chooses.
///
/// It runs on its own thread with its own runtime, and stops when it is dropped.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let collector = spanwise::testing::Collector::start()?;
/// println!("OTEL_EXPORTER_OTLP_ENDPOINT={}", collector.endpoint());
/// assert!(collector.spans().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    received: Arc<Received>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Received(watch::Sender<Vec<ReceivedSpan>>);

impl Collector {
    /// Starts a collector.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no free port, or if the thread or the runtime cannot be started.
    pub fn start() -> std::io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts a collector at this address; for example, at the address of one that was stopped.
    ///
    /// # Errors
    ///
    /// The same as [`Collector::start`], or if the port is in use.
    pub fn start_at(address: SocketAddr) -> std::io::Result<Self> {
        let received = Arc::new(Received(watch::Sender::new(Vec::new())));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // Bound here, so that an error can be returned; not by Tokio, because this may be called on a runtime.
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let service = Service(Arc::clone(&received));
        let thread = std::thread::Builder::new().name("otlp-collector".to_owned()).spawn(move || {
            // The collector's own HTTP stack must not record anything.
            let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                let server = tonic::transport::Server::builder()
                    .add_service(
                        TraceServiceServer::new(service)
                            .accept_compressed(tonic::codec::CompressionEncoding::Gzip),
                    )
                    .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
                tokio::select! {
                    _ = server => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, received, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address as a value for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the spans that have been received, in this order.
    #[must_use]
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.received.0.borrow().clone()
    }

    /// Waits until `enough` returns `true` for the received spans, and returns these; `None` after `timeout`.
    ///
    /// It needs a Tokio runtime whose timer is enabled.
    pub async fn wait_for(
        &self,
        timeout: Duration,
        enough: impl Fn(&[ReceivedSpan]) -> bool,
    ) -> Option<Vec<ReceivedSpan>> {
        let mut received = self.received.0.subscribe();
        let waited = tokio::time::timeout(timeout, received.wait_for(|spans| enough(spans))).await;
        Some(waited.ok()?.ok()?.clone())
    }

    /// Stops the collector: it closes its connections and stops listening.
    pub fn stop(mut self) {
        self.stop_now();
    }

    fn stop_now(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop_now();
    }
}

struct Service(Arc<Received>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans =
            decode::request(request.into_inner()).map_err(|error| Status::invalid_argument(error.0))?;
        let mut rejected = 0;
        self.0.0.send_modify(|received| {
            let room = MAX_SPANS.saturating_sub(received.len());
            rejected = spans.len().saturating_sub(room);
            received.extend(spans.into_iter().take(room));
        });
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(rejected).unwrap_or(i64::MAX),
            error_message: format!("no more than {MAX_SPANS} spans are kept"),
        });
        Ok(Response::new(ExportTraceServiceResponse { partial_success }))
    }
}
