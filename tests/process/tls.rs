//! A collector behind TLS with a certificate that the system trusts.

use std::path::Path;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

use crate::probe::{run, stderr, stdout};

/// Accepts everything.
pub(crate) struct Taking;

#[tonic::async_trait]
impl TraceService for Taking {
    async fn export(
        &self,
        _request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A collector at `localhost`, until the runtime is dropped. Returns its port, and its certificate in a file.
fn collector(runtime: &tokio::runtime::Runtime, certificate: &Path) -> u16 {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(certificate, made.cert.pem()).expect("our directory");
    let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem());
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mut server =
            Server::builder().tls_config(ServerTlsConfig::new().identity(identity)).expect("a pair");
        let server = server.add_service(TraceServiceServer::new(Taking));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        port
    })
}

#[test]
fn a_collector_behind_tls_is_reached_if_the_system_trusts_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let certificate = directory.path().join("trusted.pem");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let endpoint = format!("https://localhost:{}", collector(&runtime, &certificate));
    let certificate = certificate.to_str().expect("text");

    let trusted = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("SSL_CERT_FILE", certificate)];
    let output = run(&["no-runtime"], &trusted);
    assert_eq!(stdout(&output), "2 spans: 2 exported\n", "{}", stderr(&output));

    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "").expect("our directory");
    let not_trusted =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("SSL_CERT_FILE", empty.to_str().expect("text"))];
    let output = run(&["flush"], &not_trusted);
    assert!(stdout(&output).starts_with("Err(NotDelivered { kept: 2, "), "{}", stdout(&output));
    assert!(stdout(&output).to_lowercase().contains("certificate"), "{}", stdout(&output));
}

/// The cure is in the running program's warning, and in the doctor's report.
#[test]
fn a_port_that_wants_tls_is_recognized() {
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let port = collector(&runtime, &directory.path().join("trusted.pem"));
    let endpoint = format!("http://localhost:{port}");
    for protocol in ["grpc", "http/protobuf"] {
        let environment =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
        for program in ["flush", "doctor"] {
            let output = run(&[program], &environment);
            let shown = format!("{}{}", stdout(&output), stderr(&output));
            assert!(shown.contains("the address needs `https://`"), "{protocol}, {program}: {shown}");
        }
    }
}
