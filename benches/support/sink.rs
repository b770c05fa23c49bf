//! A collector that counts spans and discards them.
//!
//! It runs in its own process, so that the cost of receiving is not counted for the sender.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpSocket;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::process::{self, ServerProcess};

/// The argument that makes a bench's program a sink. The program must then call [`serve`].
pub const ROLE: &str = "sink";

/// How much a sink has received.
#[derive(Clone, Copy, Debug, Default)]
pub struct SinkCounts {
    /// All spans.
    pub spans: u64,
    /// The requests that brought them.
    pub requests: u64,
}

/// A running sink. Dropping it kills its process.
#[derive(Debug)]
pub struct SinkProcess(ServerProcess);

impl SinkProcess {
    /// Starts a sink on a port that the system chooses.
    ///
    /// # Panics
    ///
    /// If the process does not start.
    #[must_use]
    pub fn start() -> Self {
        Self(ServerProcess::start(&[ROLE]))
    }

    /// Returns the address to send spans to, in the form of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.0.url()
    }

    /// Stops the sink and returns how much it has received.
    ///
    /// # Panics
    ///
    /// If the process died before.
    #[must_use]
    pub fn stop(self) -> SinkCounts {
        let [spans, requests] = process::parse_numbers(&self.0.stop());
        SinkCounts { spans, requests }
    }
}

/// An address that refuses connections: it holds a port and does not listen on it.
#[derive(Debug)]
pub struct RefusingEndpoint {
    _socket: TcpSocket,
    endpoint: String,
}

impl RefusingEndpoint {
    /// Takes a port that the system chooses.
    ///
    /// # Panics
    ///
    /// If the system has no free port.
    #[must_use]
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(any_local_port()).expect("a port");
        let endpoint = format!("http://{}", socket.local_addr().expect("an address"));
        Self { _socket: socket, endpoint }
    }

    /// Returns the address, in the form of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Default for RefusingEndpoint {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a sink in this process until standard input is closed, then prints how much it has received.
///
/// # Panics
///
/// If the system has no free port.
pub fn serve() {
    let counters = Arc::new(Counters::default());
    let service = TraceServiceServer::new(CountingService(Arc::clone(&counters)))
        // fastrace sends the spans of a whole second in one message.
        .max_decoding_message_size(usize::MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let incoming = {
        let _entered = runtime.enter();
        // Without `nodelay` a small response waits for the acknowledgment of the packet before it.
        TcpIncoming::bind(any_local_port()).expect("a port").with_nodelay(Some(true))
    };
    print_line(format_args!("http://{}", incoming.local_addr().expect("an address")));
    // The thread ends with the process.
    std::thread::spawn(move || {
        runtime.block_on(Server::builder().add_service(service).serve_with_incoming(incoming))
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("standard input is a pipe");
    let Counters { spans, requests } = &*counters;
    print_line(format_args!("{} {}", spans.load(Ordering::Relaxed), requests.load(Ordering::Relaxed)));
}

/// Returns the address for a port on the loopback interface that the system chooses.
fn any_local_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn print_line(line: std::fmt::Arguments<'_>) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("the bench reads this pipe");
}

#[derive(Debug, Default)]
struct Counters {
    spans: AtomicU64,
    requests: AtomicU64,
}

struct CountingService(Arc<Counters>);

#[tonic::async_trait]
impl TraceService for CountingService {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request.get_ref().resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans = scopes.map(|scope| scope.spans.len() as u64).sum();
        self.0.spans.fetch_add(spans, Ordering::Relaxed);
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
