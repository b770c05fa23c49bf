//! Options of the layer, and attributes of the server's span that are recorded only on request.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get, post};
use opentelemetry::Value;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::SpanKind;
use spanwise::server::RequestSpan;
use spanwise::testing::{Capture, SpanRecord};
use spanwise::{ServerLayer, instrument};
use spanwise_tests::{LONG, block_on};

use super::{get_request, handle};
use crate::{Server, raw};

const CALLER: &str =
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nbaggage: tenant=7\r\n";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn app() -> Router {
    Router::new()
        .route("/", any(handle))
        .route("/things/{id}", get(handle))
        .route("/health", get(handle))
        .route("/echo", post(|body: String| async move { ([("x-answer", "a")], body) }))
}

/// The span of the only request.
async fn served(server: &Server, count: usize) -> SpanRecord {
    server.capture.ended(count, LONG).await;
    let spans = server.capture.spans();
    spans.into_iter().find(|span| span.kind == SpanKind::Server).expect("there")
}

fn text(span: &SpanRecord, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

#[test]
fn a_filter_skips_the_request_and_all_spans_within() {
    block_on(async {
        let layer = ServerLayer::new().filter(|request| request.uri.path() != "/health");
        let server = Server::start_with(app(), layer).await;
        assert!(raw(server.address, get_request("/health", CALLER)).await.ends_with("handled"));
        raw(server.address, get_request("/", CALLER)).await;
        server.capture.ended(2, LONG).await;
        assert_eq!(server.tree().lines().count(), 2, "{}", server.tree());
        assert!(server.tree().starts_with("GET / [server]"));
    });
}

#[test]
fn a_public_endpoint_is_linked_to_its_caller() {
    let baggage = || async { opentelemetry::Context::current().baggage().len().to_string() };
    block_on(async {
        let layer = ServerLayer::new().public_endpoint_if(|request| request.uri.path() == "/public");
        let app = Router::new().route("/public", get(baggage)).route("/private", get(baggage));
        let server = Server::start_with(app, layer).await;
        assert!(raw(server.address, get_request("/public", CALLER)).await.ends_with("\r\n\r\n0"));
        let span = served(&server, 1).await;
        assert_ne!(span.context.trace_id().to_string(), TRACE);
        assert_eq!(span.parent_span_id, opentelemetry::trace::SpanId::INVALID);
        let [link] = span.links.as_slice() else { panic!("{span:?}") };
        assert_eq!(link.span_context.trace_id().to_string(), TRACE);
        assert!(link.span_context.is_remote());
        // Without a caller there is no link.
        raw(server.address, get_request("/public", "")).await;
        assert!(raw(server.address, get_request("/private", CALLER)).await.ends_with("\r\n\r\n1"));
        server.capture.ended(3, LONG).await;
        let spans = server.capture.spans();
        assert_eq!((spans[1].links.len(), spans[2].links.len()), (0, 0));
        assert_eq!(spans[2].context.trace_id().to_string(), TRACE);
    });
}

/// Callers must not be able to turn on sampling at a public endpoint.
#[test]
fn the_decision_of_a_caller_does_not_hold_at_a_public_endpoint() {
    use opentelemetry_sdk::trace::Sampler;

    block_on(async {
        for (layer, count) in [(ServerLayer::new(), 2), (ServerLayer::new().public_endpoint(), 0)] {
            let capture = Capture::with_sampler(Sampler::AlwaysOff);
            let server = Server::start_capturing(app(), layer, capture).await;
            raw(server.address, get_request("/", CALLER)).await;
            server.capture.ended(count, LONG).await;
            assert_eq!(server.capture.spans().len(), count);
        }
    });
}

#[test]
fn the_handler_sees_the_baggage() {
    let tenant = || async {
        opentelemetry::Context::current().baggage().get("tenant").map(ToString::to_string).unwrap_or_default()
    };
    block_on(async {
        let server = Server::start(Router::new().route("/", get(tenant))).await;
        assert!(raw(server.address, get_request("/", CALLER)).await.ends_with("\r\n\r\n7"));
    });
}

#[test]
fn the_handler_can_reach_the_span_of_the_request() {
    #[instrument]
    async fn deep() {
        RequestSpan::current().set_attribute("user.id", 7);
        spanwise::set_attribute("own", true);
        spanwise::spawn(async { RequestSpan::current().set_attribute("from.task", true) })
            .await
            .expect("no panic");
    }
    let renames = || async {
        RequestSpan::current().set_name("renamed");
        deep().await;
    };
    block_on(async {
        let server = Server::start(Router::new().route("/", get(renames))).await;
        raw(server.address, get_request("/", "")).await;
        server.capture.ended(2, LONG).await;
        let spans = server.capture.spans();
        assert_eq!(spans[1].name, "renamed");
        assert_eq!(
            (text(&spans[1], "user.id").as_deref(), text(&spans[1], "from.task").as_deref()),
            (Some("7"), Some("true"))
        );
        assert_eq!((text(&spans[0], "own").as_deref(), text(&spans[0], "user.id")), (Some("true"), None));
        // Outside of a request there is none.
        assert!(RequestSpan::current().context().is_none());
        RequestSpan::current().set_attribute("lost", 1);
    });
}

#[test]
fn hooks_see_the_request_and_the_answer() {
    block_on(async {
        let layer = ServerLayer::new()
            .on_request(|span, request| span.set_attribute("shop.path", request.uri.path()))
            .on_response(|span, answer| {
                span.set_attribute("shop.status", answer.status.as_u16());
                assert_eq!(answer.headers["x-answer"], "a");
            });
        let server = Server::start_with(app(), layer).await;
        let request = "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
        assert!(raw(server.address, request).await.ends_with("hi"));
        let span = served(&server, 1).await;
        assert_eq!(text(&span, "shop.path").as_deref(), Some("/echo"));
        assert_eq!(text(&span, "shop.status").as_deref(), Some("200"));
    });
}

#[test]
fn names_and_routes_can_be_set() {
    block_on(async {
        let layer = ServerLayer::new()
            .route(|request| request.uri.path().starts_with("/files/").then(|| "/files/{*path}".into()))
            .name(|request| (request.uri.path() == "/named").then(|| "a name".into()));
        let app = Router::new().route("/things/{id}", get(handle)).fallback(|| async {});
        let server = Server::start_with(app, layer).await;
        for path in ["/files/a/b", "/named", "/things/7", "/neither"] {
            raw(server.address, get_request(path, "")).await;
        }
        server.capture.ended(5, LONG).await;
        let spans = server.capture.spans();
        let named: Vec<_> = spans.iter().map(|span| (&*span.name, text(span, "http.route"))).collect();
        assert_eq!(
            named,
            [
                ("GET /files/{*path}", Some("/files/{*path}".to_owned())),
                ("a name", None),
                ("handle", None),
                ("GET /things/{id}", Some("/things/{id}".to_owned())),
                ("GET", None),
            ]
        );
    });
}

#[test]
fn headers_and_sizes_are_recorded_when_asked_for() {
    let request = "POST /echo?email=a@b HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: 1\r\nX-Request-Id: 2\r\n\
         authorization: s3cret\r\ncontent-length: 2\r\n\r\nhi";
    block_on(async {
        let layer = ServerLayer::new()
            .record_request_headers(["X-Request-Id", "authorization", "absent"])
            .record_response_headers(["x-answer"])
            .record_body_sizes(true)
            .redact_query(["EMAIL"]);
        let server = Server::start_with(app(), layer).await;
        raw(server.address, request).await;
        let span = served(&server, 1).await;
        for (key, value) in [
            ("http.request.header.x-request-id", "[\"1\",\"2\"]"),
            ("http.request.header.authorization", "[\"REDACTED\"]"),
            ("http.response.header.x-answer", "[\"a\"]"),
            ("http.request.body.size", "2"),
            ("http.response.body.size", "2"),
            ("url.query", "email=REDACTED"),
        ] {
            assert_eq!(text(&span, key).as_deref(), Some(value), "{key}");
        }
        let server = Server::start(app()).await;
        raw(server.address, request).await;
        let text = format!("{:?}", served(&server, 1).await.attributes);
        assert!(
            !text.contains("header.") && !text.contains("body.size") && !text.contains("s3cret"),
            "{text}"
        );
    });
}

#[test]
fn the_size_of_a_body_is_what_was_sent() {
    let streamed =
        || async { Body::from_stream(tokio_stream::iter(["a ", "stream"].map(Ok::<_, std::io::Error>))) };
    block_on(async {
        let app =
            Router::new().route("/", get(streamed)).route("/none", get(|| async { StatusCode::NO_CONTENT }));
        let server = Server::start_with(app, ServerLayer::new().record_body_sizes(true)).await;
        raw(server.address, get_request("/", "")).await;
        assert_eq!(text(&served(&server, 1).await, "http.response.body.size").as_deref(), Some("8"));
        raw(server.address, get_request("/none", "")).await;
        server.capture.ended(2, LONG).await;
        assert_eq!(text(&server.capture.spans()[1], "http.response.body.size").as_deref(), Some("0"));
    });
}

/// The client's address and port, as recorded.
async fn client_of(layer: ServerLayer, headers: &[u8]) -> (String, String, String) {
    let server = Server::start_with(app(), layer).await;
    let (start, end) = ("GET / HTTP/1.1\r\nhost: shop.example:8080\r\nconnection: close\r\n", "\r\n");
    raw(server.address, [start.as_bytes(), headers, end.as_bytes()].concat()).await;
    let span = served(&server, 2).await;
    assert_eq!(text(&span, "network.peer.address").as_deref(), Some("127.0.0.1"));
    assert!(matches!(span.attribute("network.peer.port"), Some(Value::I64(1..))));
    let of = |key| text(&span, key).unwrap_or_default();
    (of("client.address"), of("url.scheme"), of("server.address"))
}

const HERE: (&str, &str, &str) = ("127.0.0.1", "http", "shop.example");

#[test]
fn headers_of_trusted_proxies_count() {
    let found = ("203.0.113.7", "http", "shop.example");
    block_on(async {
        for (trusted, headers, expected) in [
            (vec![], &b""[..], HERE),
            (vec![], b"x-forwarded-for: 203.0.113.7\r\nx-forwarded-proto: https\r\n", HERE),
            (vec!["10.0.0.0/8"], b"x-forwarded-for: 203.0.113.7\r\n", HERE),
            (vec!["127.0.0.1"], b"", HERE),
            (vec!["127.0.0.0/8"], b"x-forwarded-for: 203.0.113.7\r\n", found),
            (
                vec!["127.0.0.1"],
                b"x-forwarded-for: 203.0.113.7\r\nx-forwarded-proto: HTTPS\r\nx-forwarded-host: front.example\r\n",
                ("203.0.113.7", "https", "front.example"),
            ),
            // The address before the trusted proxies counts, not what that one claims.
            (vec!["127.0.0.1", "10.0.0.0/8"], b"x-forwarded-for: 6.6.6.6, 203.0.113.7, 10.1.2.3\r\n", found),
            (vec!["127.0.0.1"], b"x-forwarded-for: 6.6.6.6\r\nx-forwarded-for: 203.0.113.7\r\n", found),
            (
                vec!["127.0.0.1", "10.0.0.0/8"],
                b"x-forwarded-for: 203.0.113.7, unknown, 10.1.2.3\r\n",
                ("10.1.2.3", "http", "shop.example"),
            ),
            (vec!["127.0.0.1"], b"x-forwarded-for: nonsense\r\nx-forwarded-host: \r\n", HERE),
            // The entry that the proxy appended counts, whatever precedes it.
            (vec!["127.0.0.1"], b"x-forwarded-for: \xff, 203.0.113.7\r\n", found),
            (vec!["not a network", "127.0.0.1/99", "127.0.0.1"], b"x-forwarded-for: ::ffff:203.0.113.7\r\n", found),
            // A header that this proxy passes on without writing it.
            (
                vec!["127.0.0.1"],
                b"forwarded: for=6.6.6.6;proto=https;host=evil.example\r\nx-forwarded-for: 203.0.113.7\r\n",
                found,
            ),
            (vec!["127.0.0.1"], b"forwarded: for=6.6.6.6;proto=https;host=evil.example\r\n", HERE),
        ] {
            let (client, scheme, host) = client_of(ServerLayer::new().trusted_proxies(&trusted), headers).await;
            let shown = String::from_utf8_lossy(headers);
            assert_eq!((client.as_str(), scheme.as_str(), host.as_str()), expected, "{trusted:?} {shown}");
        }
    });
}

#[test]
fn the_forwarded_header_of_trusted_proxies_counts() {
    block_on(async {
        for (headers, expected) in [
            (
                &b"forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=front.example\r\nx-forwarded-for: 6.6.6.6\r\n"[..],
                ("2001:db8::1", "https", "front.example"),
            ),
            (b"x-forwarded-for: 6.6.6.6\r\n", HERE),
            (b"forwarded: for=6.6.6.6, For=203.0.113.7:99;Proto=ftp, for=10.0.0.1\r\n", ("203.0.113.7", "http", "shop.example")),
            // The client's scheme, not the one between the proxies.
            (
                b"forwarded: for=203.0.113.7;proto=https;host=shop, for=10.0.0.1;proto=http;host=inner\r\n",
                ("203.0.113.7", "https", "shop"),
            ),
            (b"forwarded: for=_hidden;proto=https\r\n", ("127.0.0.1", "https", "shop.example")),
            (b"forwarded: \xe4;;=,\r\n", HERE),
            // A quoted host from the client.
            (
                b"forwarded: for=203.0.113.7;host=\"a,for=9.9.9.9;for=8.8.8.8\"\r\n",
                ("203.0.113.7", "http", "a,for=9.9.9.9;for=8.8.8.8"),
            ),
            (b"forwarded: host=\"a\\\",for=9.9.9.9\";for=203.0.113.7\r\n", ("203.0.113.7", "http", "a\\\",for=9.9.9.9")),
        ] {
            let layer = ServerLayer::new().trusted_proxies(["127.0.0.1", "10.0.0.0/8"]).proxies_write_forwarded(true);
            let (client, scheme, host) = client_of(layer, headers).await;
            let shown = String::from_utf8_lossy(headers);
            assert_eq!((client.as_str(), scheme.as_str(), host.as_str()), expected, "{shown}");
        }
        let (_, scheme, _) = client_of(ServerLayer::new().https(), b"").await;
        assert_eq!(scheme, "https");
    });
}

#[test]
fn the_peer_address_can_be_set_by_an_extension() {
    use std::net::SocketAddr;

    use tower::{Layer as _, ServiceExt as _};

    block_on(async {
        let capture = Capture::new();
        let answers = || {
            tower::service_fn(|_: http::Request<()>| async {
                Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
            })
        };
        let address: SocketAddr = "[::ffff:192.0.2.1]:99".parse().expect("an address");
        let layer = ServerLayer::new().with_provider(capture.provider());
        let mut request = http::Request::new(());
        request.extensions_mut().insert(spanwise::server::PeerAddress(address));
        layer.layer(answers()).oneshot(request).await.expect("infallible");
        layer
            .clone()
            .peer(move |_| Some(address))
            .layer(answers())
            .oneshot(http::Request::new(()))
            .await
            .expect("infallible");
        layer.layer(answers()).oneshot(http::Request::new(())).await.expect("infallible");
        let spans = capture.spans();
        for span in &spans[..2] {
            assert_eq!(text(span, "network.peer.address").as_deref(), Some("192.0.2.1"));
            assert_eq!(text(span, "network.peer.port").as_deref(), Some("99"));
            assert_eq!(text(span, "client.address").as_deref(), Some("192.0.2.1"));
        }
        assert_eq!(text(&spans[2], "network.peer.address"), None);
    });
}

#[test]
fn hosts_of_every_kind_are_recorded_as_they_are() {
    block_on(async {
        let server = Server::start(app()).await;
        for (host, address, port) in [
            ("shop.example", Some("shop.example"), None),
            ("shop.example:8080", Some("shop.example"), Some("8080")),
            ("[::1]:8080", Some("::1"), Some("8080")),
            ("[::1]", Some("::1"), None),
            ("shop.example:nonsense", Some("shop.example"), None),
            (":8080", None, None),
            ("2001:db8::1", Some("2001:db8::1"), None),
            ("::1", Some("::1"), None),
        ] {
            let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
            let count = server.capture.spans().len();
            raw(server.address, request).await;
            server.capture.ended(count + 2, LONG).await;
            let spans = server.capture.spans();
            let span = spans.last().expect("there");
            assert_eq!(text(span, "server.address").as_deref(), address, "{host}");
            assert_eq!(text(span, "server.port").as_deref(), port, "{host}");
        }
    });
}

/// Input from outside is recorded within bounds, and never keeps a request from being answered.
#[test]
fn absurd_requests_are_answered_as_without_the_layer() {
    let long = "x".repeat(8000);
    block_on(async {
        let server = Server::start(
            Router::new().fallback(|headers: HeaderMap| async move { headers.len().to_string() }),
        )
        .await;
        let plain = Server { capture: Capture::new(), address: plain().await };
        for request in [
            format!("GET /{long}?{long} HTTP/1.1\r\nhost: {long}\r\nconnection: close\r\nuser-agent: {long}\r\n\r\n"),
            format!("{} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "X".repeat(500)),
            "GET / HTTP/1.0\r\n\r\n".to_owned(),
            "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
            "GET http://user:s3cret@elsewhere.example:81/path HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
            "CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
            format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n", "baggage: k=v\r\n".repeat(80)),
            "GET / HTTP/1.1\r\nhost: \u{e4}\r\nconnection: close\r\nuser-agent: \u{fc}\r\ncontent-length: \u{e4}\r\n\r\n".to_owned(),
            "nonsense\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n".to_owned(),
        ] {
            let status = |answer: String| answer.lines().next().unwrap_or_default().to_owned();
            let ours = status(raw(server.address, &request).await);
            assert_eq!(ours, status(raw(plain.address, &request).await), "{request:.60}");
        }
        let spans = server.capture.spans();
        assert!(spans.len() >= 7, "{}", server.tree());
        for span in spans {
            assert!(span.name.len() < 20, "{}", span.name);
            for attribute in &span.attributes {
                assert!(attribute.value.as_str().len() <= 1024, "{}", attribute.key);
            }
            assert!(!format!("{span:?}").contains("s3cret"), "{span:?}");
        }
    });
}

/// The same server without the layer.
async fn plain() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new().fallback(|headers: HeaderMap| async move { headers.len().to_string() });
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Whatever its bytes are.
#[test]
fn a_user_agent_that_is_not_ascii_is_recorded() {
    block_on(async {
        let server = Server::start(app()).await;
        raw(server.address, get_request("/", "user-agent: caf\u{e9}/1\r\n")).await;
        let span = served(&server, 2).await;
        assert_eq!(text(&span, "user_agent.original").as_deref(), Some("caf\u{e9}/1"));
    });
}

/// The whole path counts, for what is recorded and for the functions of the application.
#[test]
fn a_nested_router_has_the_path_that_the_client_has_sent() {
    block_on(async {
        let capture = Capture::new();
        let layer = ServerLayer::new()
            .filter(|request| request.uri.path() != "/api/health")
            .name(|request| Some(format!("named {}", request.uri.path())))
            .with_provider(capture.provider());
        let inner =
            Router::new().route("/things/{id}", get(handle)).route("/health", get(handle)).layer(layer);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, Router::new().nest("/api", inner)).await });
        raw(address, get_request("/api/health", "")).await;
        raw(address, get_request("/api/things/7?a=1", "")).await;
        capture.ended(2, LONG).await;
        let spans = capture.spans();
        let span = spans.iter().find(|span| span.name == "named /api/things/7").expect("there");
        assert_eq!(text(span, "url.path").as_deref(), Some("/api/things/7"));
        assert_eq!(text(span, "http.route").as_deref(), Some("/api/things/{id}"));
        assert_eq!(text(span, "url.query").as_deref(), Some("a=1"));
        assert_eq!(spans.len(), 2);
    });
}

/// The inner layer's span is a child, and no second SERVER span, with and without a caller.
#[test]
fn two_layers_around_one_request_are_one_server_span_with_a_child() {
    block_on(async {
        for caller in ["", CALLER] {
            let app = app().layer(ServerLayer::new());
            let server = Server::start(app).await;
            raw(server.address, get_request("/things/7", caller)).await;
            server.capture.ended(3, LONG).await;
            let spans = server.capture.spans();
            let [handled, inner, outer] = spans.as_slice() else { panic!("{spans:?}") };
            assert_eq!(handled.name, "handle");
            assert_eq!((&*inner.name, &inner.kind), ("GET /things/{id}", &SpanKind::Internal));
            assert_eq!((&*outer.name, &outer.kind), ("GET /things/{id}", &SpanKind::Server));
            assert_eq!(handled.parent_span_id, inner.context.span_id(), "{caller}");
            assert_eq!(inner.parent_span_id, outer.context.span_id(), "{caller}");
            assert_eq!(outer.parent_is_remote, !caller.is_empty());
        }
    });
}
