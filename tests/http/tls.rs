//! TLS with a certificate that the test makes.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use spanwise::ServerLayer;
use spanwise::testing::Capture;
use spanwise_tests::{LONG, block_on};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::builder;

/// Serves at `localhost` behind TLS. Returns the port and the certificate.
async fn serve(app: Router, protocols: &[&str]) -> (u16, reqwest::Certificate) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a pair");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, app) = (acceptor.clone(), app.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await;
            });
        }
    });
    (port, reqwest::Certificate::from_der(made.cert.der()).expect("a certificate"))
}

#[test]
fn requests_over_tls_are_one_trace_in_either_version() {
    block_on(async {
        for (protocol, version) in [("h2", "2"), ("http/1.1", "1.1")] {
            let served = Capture::new();
            let layer = ServerLayer::new().with_provider(served.provider());
            let app = Router::new().route("/", get(|| async { "safe" })).layer(layer);
            let (port, certificate) = serve(app, &[protocol]).await;
            let capture = Capture::new();
            let http = builder(&capture)
                .with(|http| http.tls_certs_only([certificate]))
                .record_phases(true)
                .build()
                .expect("a client");
            let url = format!("https://localhost:{port}/");
            assert_eq!(http.get(&url).send().await.expect("an answer").text().await.expect("text"), "safe");
            served.ended(1, LONG).await;
            let (sent, served) = (&capture.spans()[0], &served.spans()[0]);
            assert_eq!(served.parent_span_id, sent.context.span_id());
            let text = |key| sent.attribute(key).map(ToString::to_string).unwrap_or_default();
            assert_eq!((text("url.full"), text("server.address")), (url, "localhost".to_owned()));
            assert_eq!(text("network.protocol.version"), version);
            assert!(sent.attribute("spanwise.phase.connect").is_some());
        }
    });
}

#[test]
fn an_untrusted_certificate_is_a_tls_error() {
    block_on(async {
        let (port, _certificate) = serve(Router::new(), &["http/1.1"]).await;
        let capture = Capture::new();
        let http = builder(&capture).build().expect("a client");
        let error = http.get(format!("https://localhost:{port}/")).send().await.expect_err("not trusted");
        assert!(error.is_connect());
        let spans = capture.spans();
        assert_eq!(
            spans[0].attribute("error.type").map(ToString::to_string).as_deref(),
            Some("tls"),
            "{error:?}"
        );
    });
}
