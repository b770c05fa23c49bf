//! gRPC through tonic, with the layers on both sides.

use std::net::SocketAddr;

use opentelemetry::trace::SpanKind;
use spanwise::testing::{Capture, SpanRecord};
use spanwise::{ClientLayer, ServerLayer};
use spanwise_tests::{LONG, block_on};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
pub(crate) use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::HealthReporter;
use tower::{Layer as _, Service as _};

/// A health service and its client.
pub(crate) struct Pair {
    served: Capture,
    sent: Capture,
    address: SocketAddr,
    pub(crate) channel: Channel,
    reporter: HealthReporter,
}

impl Pair {
    pub(crate) async fn start() -> Self {
        let (served, sent) = (Capture::new(), Capture::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (reporter, health) = tonic_health::server::health_reporter();
        let layer = ServerLayer::new()
            .with_provider(served.provider())
            .peer(|request| {
                request.extensions.get::<tonic::transport::server::TcpConnectInfo>()?.remote_addr()
            })
            .record_request_headers(["x-tenant"]);
        let server = Server::builder().layer(layer).add_service(health);
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let channel = Endpoint::from_shared(format!("http://{address}")).expect("an endpoint").connect_lazy();
        Self { served, sent, address, channel, reporter }
    }

    pub(crate) fn layer(&self) -> ClientLayer {
        ClientLayer::new()
            .with_provider(self.sent.provider())
            .server("127.0.0.1", self.address.port())
            .record_request_headers(["x-tenant"])
    }

    fn client(&self) -> HealthClient<spanwise::client::ClientService<Channel>> {
        HealthClient::new(self.layer().layer(self.channel.clone()))
    }

    /// The only span of each side.
    pub(crate) async fn spans(&self) -> (SpanRecord, SpanRecord) {
        self.served.ended(1, LONG).await;
        self.sent.ended(1, LONG).await;
        let (sent, served) = (self.sent.spans(), self.served.spans());
        assert_eq!((sent.len(), served.len()), (1, 1));
        (sent[0].clone(), served[0].clone())
    }
}

fn text(span: &SpanRecord, key: &str) -> String {
    span.attribute(key).map(ToString::to_string).unwrap_or_default()
}

pub(crate) fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[test]
fn a_call_is_one_trace_by_the_conventions() {
    block_on(async {
        let pair = Pair::start().await;
        let mut request = tonic::Request::new(of(""));
        request.metadata_mut().insert("x-tenant", "7".parse().expect("a value"));
        pair.client().check(request).await.expect("healthy");
        let (sent, served) = pair.spans().await;
        assert_eq!(served.parent_span_id, sent.context.span_id());
        for (span, kind) in [(&sent, SpanKind::Client), (&served, SpanKind::Server)] {
            assert_eq!((&*span.name, &span.kind), ("grpc.health.v1.Health/Check", &kind));
            assert_eq!(text(span, "rpc.system.name"), "grpc");
            assert_eq!(text(span, "rpc.method"), "grpc.health.v1.Health/Check");
            assert_eq!(text(span, "rpc.status_code"), "OK");
            assert_eq!(text(span, "server.address"), "127.0.0.1");
            assert_eq!(text(span, "server.port"), pair.address.port().to_string());
            assert_eq!(text(span, "rpc.request.header.x-tenant"), "[\"7\"]");
            assert!(!span.is_error());
            let text = format!("{:?}", span.attributes);
            assert!(!text.contains("http.") && !text.contains("url."), "{text}");
        }
        assert_eq!(text(&served, "network.peer.address"), "127.0.0.1");
        assert!(served.attribute("network.peer.port").is_some());
    });
}

/// An unknown service name is a mistake of the caller, so it is an error of the client alone.
#[test]
fn a_status_is_recorded_on_both_sides_and_may_be_an_error() {
    block_on(async {
        let pair = Pair::start().await;
        let status = pair.client().check(of("nobody")).await.expect_err("not found");
        assert_eq!(status.code(), tonic::Code::NotFound);
        let (sent, served) = pair.spans().await;
        assert_eq!(
            (text(&sent, "rpc.status_code"), text(&served, "rpc.status_code")),
            ("NOT_FOUND".into(), "NOT_FOUND".into())
        );
        assert_eq!(
            (text(&sent, "error.type"), text(&served, "error.type")),
            ("NOT_FOUND".into(), String::new())
        );
        assert_eq!((sent.is_error(), served.is_error()), (true, false));
    });
}

#[test]
fn a_stream_s_span_lasts_as_long_as_the_stream() {
    block_on(async {
        let pair = Pair::start().await;
        pair.reporter.set_service_status("shop", ServingStatus::Serving).await;
        let mut stream = pair.client().watch(of("shop")).await.expect("a stream").into_inner();
        assert_eq!(stream.message().await.expect("a message").expect("some").status, 1);
        assert_eq!((pair.sent.open(), pair.served.open()), (1, 1));
        // The service shuts down, and ends the stream.
        let mut reporter = pair.reporter.clone();
        reporter.clear_service_status("shop").await;
        while stream.message().await.expect("no error").is_some() {}
        let (sent, served) = pair.spans().await;
        for span in [sent, served] {
            assert_eq!(text(&span, "rpc.status_code"), "OK");
            assert_eq!(span.attribute("spanwise.cancelled"), None);
        }
    });
}

#[test]
fn a_dropped_stream_is_canceled_on_both_sides() {
    block_on(async {
        let pair = Pair::start().await;
        pair.reporter.set_service_status("shop", ServingStatus::Serving).await;
        let mut stream = pair.client().watch(of("shop")).await.expect("a stream").into_inner();
        stream.message().await.expect("a message").expect("some");
        drop(stream);
        let (sent, served) = pair.spans().await;
        for span in [sent, served] {
            assert_eq!(text(&span, "spanwise.cancelled"), "true");
            assert!(!span.is_error());
        }
    });
}

/// A method that the caller invents becomes neither a span name nor an attribute of low cardinality.
#[test]
fn an_unknown_grpc_method_is_other() {
    block_on(async {
        let pair = Pair::start().await;
        let mut service = pair.channel.clone();
        let request = http::Request::post(format!("http://{}/made.Up/{}", pair.address, "x".repeat(50)))
            .header("content-type", "application/grpc")
            .body(tonic::body::Body::empty())
            .expect("a request");
        std::future::poll_fn(|task| service.poll_ready(task)).await.expect("ready");
        let answer = service.call(request).await.expect("an answer");
        assert_eq!(answer.headers()["grpc-status"], "12");
        pair.served.ended(1, LONG).await;
        let served = &pair.served.spans()[0];
        assert_eq!(&*served.name, "grpc");
        assert_eq!(text(served, "rpc.method"), "_OTHER");
        assert_eq!(text(served, "rpc.method_original"), format!("made.Up/{}", "x".repeat(50)));
        assert_eq!(
            (text(served, "rpc.status_code"), text(served, "error.type")),
            ("UNIMPLEMENTED".into(), "UNIMPLEMENTED".into())
        );
    });
}

#[test]
fn an_unreachable_server_is_an_error_of_the_client() {
    block_on(async {
        let pair = Pair::start().await;
        let (_socket, nobody) = spanwise_tests::nobody();
        let channel = Endpoint::from_shared(format!("http://{nobody}")).expect("an endpoint").connect_lazy();
        let mut client = HealthClient::new(pair.layer().layer(channel));
        assert_eq!(client.check(of("")).await.expect_err("nobody").code(), tonic::Code::Unavailable);
        let spans = pair.sent.spans();
        assert!(spans[0].is_error());
        assert_eq!(text(&spans[0], "error.type"), "tonic::transport::error::Error");
    });
}

/// Anyone can claim that a request is gRPC.
#[test]
fn a_request_that_only_claims_to_be_grpc_sets_no_name_and_hides_no_error() {
    use axum::Router;
    use axum::http::StatusCode;

    block_on(async {
        let app = Router::new().fallback(|| async { StatusCode::INTERNAL_SERVER_ERROR });
        let server = crate::Server::start(app).await;
        for path in ["/made.Up/One", "/made.Up/Two"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/grpc\r\n\r\n"
            );
            assert!(crate::raw(server.address, request).await.starts_with("HTTP/1.1 500"));
        }
        server.capture.ended(2, LONG).await;
        for span in server.capture.spans() {
            assert_eq!((&*span.name, &*text(&span, "rpc.method")), ("grpc", "_OTHER"));
            assert_eq!((&*text(&span, "rpc.status_code"), span.is_error()), ("UNKNOWN", true));
        }
    });
}

/// Answers that are not gRPC, and the status that each becomes.
#[test]
fn an_answer_that_is_not_grpc_is_a_failure_of_the_call() {
    use http_body_util::{BodyExt as _, Full};

    block_on(async {
        for (status, content_type, expected) in [
            (503, "text/html", "UNAVAILABLE"),
            (404, "text/html", "UNIMPLEMENTED"),
            (200, "application/grpc", "UNKNOWN"),
        ] {
            let capture = Capture::new();
            let inner = tower::service_fn(move |_: http::Request<()>| async move {
                let answer = http::Response::builder().status(status).header("content-type", content_type);
                Ok::<_, std::convert::Infallible>(
                    answer.body(Full::new(bytes::Bytes::from_static(b"a page"))).expect("a response"),
                )
            });
            let mut service = ClientLayer::new().with_provider(capture.provider()).layer(inner);
            let request = http::Request::post("http://shop.example/shop.Stock/Reserve");
            let request = request.header("content-type", "application/grpc").body(()).expect("a request");
            service.call(request).await.expect("infallible").into_body().collect().await.expect("a body");
            let span = &capture.spans()[0];
            assert_eq!((&*text(span, "rpc.status_code"), &*text(span, "error.type")), (expected, expected));
            assert!(span.is_error());
        }
    });
}

/// A body of known length has trailers, too.
#[test]
fn trailers_are_waited_for_whatever_the_length() {
    use http_body_util::{BodyExt as _, Full};

    block_on(async {
        let capture = Capture::new();
        let inner = tower::service_fn(|_: http::Request<()>| async {
            let trailers = async {
                Some(Ok(http::HeaderMap::from_iter([(
                    "grpc-status".parse().expect("a name"),
                    "13".parse().expect("a value"),
                )])))
            };
            let body = Full::new(bytes::Bytes::from_static(b"data")).with_trailers(trailers);
            Ok::<_, std::convert::Infallible>(
                http::Response::builder()
                    .header("content-type", "application/grpc")
                    .body(body)
                    .expect("a response"),
            )
        });
        let mut service = ServerLayer::new().with_provider(capture.provider()).layer(inner);
        let request = http::Request::post("/shop.Stock/Fails").header("content-type", "application/grpc");
        let answer = service.call(request.body(()).expect("a request")).await.expect("infallible");
        answer.into_body().collect().await.expect("a body");
        let span = &capture.spans()[0];
        assert_eq!((&*text(span, "rpc.status_code"), span.is_error()), ("INTERNAL", true));
        // The service itself answered, so the method exists.
        assert_eq!((&*span.name, &*text(span, "rpc.method")), ("shop.Stock/Fails", "shop.Stock/Fails"));
    });
}
