//! A collector in a process of its own, that counts what it is sent and keeps nothing: what receiving
//! costs is not on the bill of who sends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Stdio};
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

use crate::process;

/// The argument that makes of a bench's program a sink: it has to call [`serve`] then.
pub const ROLE: &str = "sink";

/// What a sink was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received {
    /// Spans, in all.
    pub spans: u64,
    /// Requests that they came in.
    pub requests: u64,
}

/// A sink that runs. Killed when it is dropped.
#[derive(Debug)]
pub struct Sink {
    process: Child,
    lines: BufReader<ChildStdout>,
    endpoint: String,
}

impl Sink {
    /// Starts one, on a port that the system chooses.
    ///
    /// # Panics
    ///
    /// If the system gives no process or no port.
    #[must_use]
    pub fn start() -> Self {
        let mut process = process::again(&[ROLE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe was asked for"));
        let mut endpoint = String::new();
        lines.read_line(&mut endpoint).expect("the sink says where it listens");
        Self { process, lines, endpoint: endpoint.trim_end().to_owned() }
    }

    /// Where it listens, as `OTEL_EXPORTER_OTLP_ENDPOINT` wants it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Stops it: what it was sent.
    ///
    /// # Panics
    ///
    /// If it has died before.
    #[must_use]
    pub fn stop(mut self) -> Received {
        // The end of its standard input is the sign.
        drop(self.process.stdin.take());
        let mut said = String::new();
        self.lines.read_to_string(&mut said).expect("the sink says what it received");
        let [spans, requests] = process::numbers(&said);
        Received { spans, requests }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address that refuses connections for as long as this is kept: nobody else gets the port, and
/// nobody listens.
#[derive(Debug)]
pub struct Nobody {
    _socket: TcpSocket,
    endpoint: String,
}

impl Nobody {
    /// Takes a port that the system chooses.
    ///
    /// # Panics
    ///
    /// If the system gives no port.
    #[must_use]
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(own_port()).expect("a port");
        let endpoint = format!("http://{}", socket.local_addr().expect("an address"));
        Self { _socket: socket, endpoint }
    }

    /// The address, as `OTEL_EXPORTER_OTLP_ENDPOINT` wants it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Default for Nobody {
    fn default() -> Self {
        Self::new()
    }
}

/// Is a sink, until standard input ends.
///
/// # Panics
///
/// If the system gives no port.
pub fn serve() {
    let counts = Arc::new(Counts::default());
    let service = TraceServiceServer::new(Service(Arc::clone(&counts)))
        // fastrace sends all that a second has brought in one message.
        .max_decoding_message_size(usize::MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let incoming = {
        let _entered = runtime.enter();
        // Or else small answers wait for the packets before them to be acknowledged.
        TcpIncoming::bind(own_port()).expect("a port").with_nodelay(Some(true))
    };
    say(format_args!("http://{}", incoming.local_addr().expect("an address")));
    // Ends with the process.
    std::thread::spawn(move || {
        runtime.block_on(Server::builder().add_service(service).serve_with_incoming(incoming))
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("standard input is a pipe");
    say(format_args!("{} {}", counts.spans.load(Ordering::Relaxed), counts.requests.load(Ordering::Relaxed)));
}

/// One that the system chooses, on the loopback interface.
fn own_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn say(line: std::fmt::Arguments<'_>) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("the bench reads it");
}

#[derive(Debug, Default)]
struct Counts {
    spans: AtomicU64,
    requests: AtomicU64,
}

struct Service(Arc<Counts>);

#[tonic::async_trait]
impl TraceService for Service {
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
