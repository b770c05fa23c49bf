//! A collector with a private certificate authority, which requires client certificates, over gRPC and HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::TraceServiceServer;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::probe::{run, stderr, stdout};
use crate::tls::Taking;

/// A directory with the certificate of an authority, and with certificates that it has signed.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: PathBuf,
    name: &'static str,
}

impl Authority {
    fn new(directory: &Path, name: &'static str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let issuer =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
        let authority = Self { issuer, directory: directory.to_owned(), name };
        std::fs::write(authority.certificate(), authority.issuer.pem()).expect("our directory");
        authority
    }

    fn file(&self, ending: &str) -> String {
        self.directory.join(format!("{}{ending}", self.name)).to_str().expect("text").to_owned()
    }

    /// The file with the authority's certificate.
    fn certificate(&self) -> String {
        self.file(".pem")
    }

    /// The files with a client certificate and its key.
    fn client(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let files = (self.file("-client.pem"), self.file("-client.key"));
        std::fs::write(&files.0, certificate.pem()).expect("our directory");
        std::fs::write(&files.1, key.serialize_pem()).expect("our directory");
        files
    }

    /// A collector with this name, which requires client certificates of this authority. Returns its port.
    fn collector(&self, runtime: &Runtime, name: &str, version: &'static SupportedProtocolVersion) -> u16 {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("a certificate");
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_client_cert_verifier(verifier.build().expect("a root"))
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a pair");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let grpc = tonic::service::Routes::new(TraceServiceServer::new(Taking)).into_axum_router();
        let app: Router = grpc.route("/v1/traces", post(async || ""));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, app) = (acceptor.clone(), app.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ =
                        server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await;
                });
            }
        });
        port
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

const PROTOCOLS: [&str; 2] = ["grpc", "http/protobuf"];

/// Both outputs of a probe that sends to this collector with these certificates.
fn sends(port: u16, protocol: &str, certificates: &[(&str, &str)]) -> (String, String) {
    let endpoint = format!("https://localhost:{port}");
    let mut environment =
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
    environment.extend(certificates);
    let output = run(&["flush"], &environment);
    (stdout(&output), stderr(&output))
}

const ROOT: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CLIENT: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

#[test]
fn the_certificate_variables_reach_a_collector_of_a_private_authority() {
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = runtime();
    let ours = Authority::new(directory.path(), "ours");
    let (client, key) = ours.client();
    let right = [(ROOT, &*ours.certificate()), (CLIENT, &*client), (KEY, &*key)];
    for version in [&TLS12, &TLS13] {
        let port = ours.collector(&runtime, "localhost", version);
        for protocol in PROTOCOLS {
            let (stdout, stderr) = sends(port, protocol, &right);
            assert_eq!(stdout, "Ok(())\n2 spans: 2 exported\n", "{protocol}: {stderr}");
            assert_eq!(stderr, "", "{protocol}");
        }
    }
}

/// The error names the side whose certificate is wrong, and the variable to change.
#[test]
fn a_wrong_certificate_gives_an_error_that_names_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = runtime();
    let (ours, theirs) =
        (Authority::new(directory.path(), "ours"), Authority::new(directory.path(), "theirs"));
    let (root, (client, key)) = (ours.certificate(), ours.client());
    let (wrong_root, (wrong_client, wrong_key)) = (theirs.certificate(), theirs.client());
    let empty = String::new();
    let wanted = "requires a client certificate; set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    let refused = "refuses the client certificate; the one in OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    let untrusted = "the collector's certificate is not trusted; set OTEL_EXPORTER_OTLP_CERTIFICATE";
    let mismatch = "OTEL_EXPORTER_OTLP_CLIENT_KEY is not the key of OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    let cases = [
        ([&wrong_root, &client, &key], untrusted),
        ([&empty, &client, &key], untrusted),
        ([&root, &wrong_client, &wrong_key], refused),
        ([&root, &empty, &empty], wanted),
        ([&root, &client, &wrong_key], mismatch),
    ];
    // All at once, because each waits for a collector that never accepts anything.
    std::thread::scope(|scope| {
        for version in [&TLS12, &TLS13] {
            let port = ours.collector(&runtime, "localhost", version);
            for protocol in PROTOCOLS {
                for (certificates, expected) in &cases {
                    scope.spawn(move || {
                        let [root, client, key] = certificates;
                        let (stdout, stderr) =
                            sends(port, protocol, &[(ROOT, root), (CLIENT, client), (KEY, key)]);
                        let case = format!("{version:?} {protocol} {certificates:?}");
                        assert!(stdout.starts_with("Err(NotDelivered { kept: 2, "), "{case}: {stdout}");
                        assert!(stderr.contains(expected), "{case}: {stderr}");
                    });
                }
            }
        }
    });
}

#[test]
fn a_certificate_for_another_name_is_reported_as_that() {
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = runtime();
    let ours = Authority::new(directory.path(), "ours");
    let (client, key) = ours.client();
    let port = ours.collector(&runtime, "collector.internal", &TLS13);
    for protocol in PROTOCOLS {
        let right = [(ROOT, &*ours.certificate()), (CLIENT, &*client), (KEY, &*key)];
        let (_, stderr) = sends(port, protocol, &right);
        assert!(stderr.contains("is for another host name"), "{protocol}: {stderr}");
    }
}

/// A file that cannot be used is warned about at the start, with what is used instead; the program runs.
#[test]
fn an_unusable_file_is_warned_about_at_the_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let ours = Authority::new(directory.path(), "ours");
    let (client, key) = ours.client();
    let missing = directory.path().join("missing.pem").to_str().expect("text").to_owned();
    let nonsense = directory.path().join("nonsense.pem").to_str().expect("text").to_owned();
    std::fs::write(&nonsense, "-----BEGIN CERTIFICATE-----\nnonsense\n").expect("our directory");
    let pem = std::fs::read_to_string(&key).expect("our directory");
    let folder = directory.path().to_str().expect("text").to_owned();
    for (variables, expected) in [
        (vec![(ROOT, &missing)], vec![ROOT, "missing.pem", "using the system's authorities"]),
        (vec![(ROOT, &nonsense)], vec![ROOT, "nonsense.pem", "is not a file with a certificate in PEM"]),
        (vec![(ROOT, &key)], vec![ROOT, "ours-client.key", "is not a file with a certificate in PEM"]),
        (vec![(CLIENT, &client), (KEY, &client)], vec![KEY, "is not a file with a private key in PEM"]),
        (
            vec![(CLIENT, &client), (KEY, &pem)],
            vec![KEY, "is not the path of a file, but a private key itself"],
        ),
        (vec![(ROOT, &folder)], vec![ROOT, "it is not a regular file"]),
        (vec![(CLIENT, &client)], vec![CLIENT, "is set alone"]),
        (vec![(KEY, &key)], vec![KEY, "is set alone"]),
    ] {
        let environment = variables.iter().map(|(name, value)| (*name, value.as_str()));
        let environment: Vec<_> = environment.chain([("OTEL_TRACES_EXPORTER", "none")]).collect();
        let output = run(&["no-runtime"], &environment);
        assert!(output.status.success());
        let stderr = stderr(&output);
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(expected.iter().all(|expected| stderr.contains(expected)), "{expected:?}: {stderr}");
        assert!(!stderr.contains("PRIVATE KEY"), "{stderr}");
    }
    // Certificates for a collector without TLS are warned about, too.
    let output = run(
        &["no-runtime"],
        &[(ROOT, &ours.certificate()), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")],
    );
    let stderr = stderr(&output);
    assert!(
        stderr.contains("certificates are not used: http://127.0.0.1:1 is not an address with TLS"),
        "{stderr}"
    );
}
