//! Attributes of the client's span that are recorded only on request.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};
use opentelemetry::Value;
use spanwise::testing::{Capture, SpanRecord};
use spanwise_tests::{LONG, block_on};

use crate::{Server, builder, client, raw_server, steady};

fn app() -> Router {
    Router::new()
        .route(
            "/",
            any(|body: String| async move { ([("x-answer", "a"), ("set-cookie", "s3cret=1")], body) }),
        )
        .route("/orders/{id}", get(|| async { StatusCode::NO_CONTENT }))
        .route(
            "/stream",
            get(|| async {
                Body::from_stream(tokio_stream::iter(["a ", "stream"].map(Ok::<_, std::io::Error>)))
            }),
        )
}

/// The only span of the capture.
fn the_span(capture: &Capture) -> SpanRecord {
    let spans = capture.spans();
    let [span] = spans.as_slice() else { panic!("{}", capture.tree()) };
    span.clone()
}

fn text(span: &SpanRecord, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

#[test]
fn a_template_is_part_of_the_name() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = builder(&capture)
            .template(|request| request.url().path().starts_with("/orders/").then(|| "/orders/{id}".into()))
            .build()
            .expect("a client");
        http.get(server.url("/orders/7")).send().await.expect("an answer");
        http.get(server.url("/orders/7")).template("/orders/{number}").send().await.expect("an answer");
        http.get(server.url("/")).send().await.expect("an answer");
        let named = |name: &str, template: &str| {
            let rest = if template.is_empty() {
                " http.response.status_code=200"
            } else {
                " http.response.status_code=204"
            };
            let template =
                if template.is_empty() { String::new() } else { format!(" url.template={template:?}") };
            format!("{name} [client] http.request.method=\"GET\"{template}{rest}\n")
        };
        assert_eq!(
            steady(capture.tree()),
            named("GET /orders/{id}", "/orders/{id}")
                + &named("GET /orders/{number}", "/orders/{number}")
                + &named("GET", "")
        );
    });
}

#[test]
fn an_unknown_method_is_other() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let brew = reqwest::Method::from_bytes(b"BREW").expect("a token");
        client(&capture).request(brew, server.url("/")).send().await.expect("an answer");
        let span = the_span(&capture);
        assert_eq!(span.name, "HTTP");
        assert_eq!(text(&span, "http.request.method").as_deref(), Some("_OTHER"));
        assert_eq!(text(&span, "http.request.method_original").as_deref(), Some("BREW"));
    });
}

#[test]
fn headers_sizes_and_the_user_agent_are_recorded_when_asked_for() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = builder(&capture)
            .record_request_headers(["X-Request-Id", "Authorization"])
            .record_response_headers(["x-answer", "set-cookie"])
            .record_body_sizes(true)
            .record_user_agent(true)
            .user_agent("a test")
            .redact_query(["email"])
            .build()
            .expect("a client");
        let request =
            http.post(server.url("/?email=a@b&x=1")).header("x-request-id", "1").header("x-request-id", "2");
        request.bearer_auth("s3cret").body("twelve bytes").send().await.expect("an answer");
        let span = the_span(&capture);
        for (key, value) in [
            ("http.request.header.x-request-id", "[\"1\",\"2\"]"),
            ("http.request.header.authorization", "[\"REDACTED\"]"),
            ("http.response.header.x-answer", "[\"a\"]"),
            ("http.response.header.set-cookie", "[\"REDACTED\"]"),
            ("http.request.body.size", "12"),
            ("http.response.body.size", "12"),
            ("user_agent.original", "a test"),
            ("url.full", &server.url("/?email=REDACTED&x=1")),
        ] {
            assert_eq!(text(&span, key).as_deref(), Some(value), "{key}");
        }
        assert!(!format!("{span:?}").contains("s3cret"));
        // By default they are not recorded.
        let capture = Capture::new();
        let request =
            client(&capture).post(server.url("/")).header("x-request-id", "1").header("user-agent", "x");
        request.body("twelve bytes").send().await.expect("an answer");
        let text = format!("{:?}", the_span(&capture).attributes);
        assert!(!text.contains("header") && !text.contains("size") && !text.contains("user_agent"), "{text}");
    });
}

#[test]
fn a_filter_keeps_the_context_headers_and_untraced_drops_them() {
    use opentelemetry::trace::TraceContextExt as _;

    let sent = |headers: HeaderMap| async move {
        headers.get("traceparent").map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    };
    block_on(async {
        let server = Server::start(Router::new().route("/", get(sent))).await;
        let capture = Capture::new();
        let http = builder(&capture).filter(|request| request.url().path() != "/").build().expect("a client");
        let around = capture.run(|| spanwise::span!("around"));
        let context = around.context().expect("recorded").clone();
        let ids = context.span().span_context().clone();
        let ask = async |request: spanwise::client::RequestBuilder| {
            request.context(context.clone()).send().await.expect("an answer").text().await.expect("text")
        };
        let passed_on = ask(http.get(server.url("/"))).await;
        assert_eq!(passed_on, format!("00-{}-{}-03", ids.trace_id(), ids.span_id()));
        assert_eq!(ask(client(&capture).get(server.url("/")).untraced()).await, "");
        drop(around);
        assert_eq!(capture.tree().to_string(), "around\n");
    });
}

#[test]
fn hooks_see_the_request_and_the_result() {
    block_on(async {
        let server = Server::start(app()).await;
        let (_socket, nobody) = spanwise_tests::nobody();
        let capture = Capture::new();
        let http = builder(&capture)
            .on_request(|span, request| {
                span.set_attribute("shop.path", request.url().path());
                span.set_name("asked");
            })
            .on_response(|span, result| {
                span.set_attribute(
                    "shop.outcome",
                    result.map_or_else(|error| error.to_string(), |answer| answer.status().to_string()),
                );
                assert!(span.context().is_some());
            })
            .build()
            .expect("a client");
        http.get(server.url("/orders/7")).send().await.expect("an answer");
        http.get(format!("http://{nobody}/")).send().await.expect_err("refused");
        let spans = capture.spans();
        assert_eq!(spans[0].name, "asked");
        assert_eq!(text(&spans[0], "shop.path").as_deref(), Some("/orders/7"));
        assert_eq!(text(&spans[0], "shop.outcome").as_deref(), Some("204 No Content"));
        assert!(text(&spans[1], "shop.outcome").expect("there").starts_with("error sending request"));
    });
}

#[test]
fn a_span_can_last_until_the_body_has_been_read() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = builder(&capture).until_body_end(true).record_body_sizes(true).build().expect("a client");
        let mut answer = http.get(server.url("/stream")).send().await.expect("an answer");
        assert_eq!((capture.open(), capture.spans().len()), (1, 0));
        // The wrapped body loses none of the data.
        assert_eq!(answer.url().as_str(), server.url("/stream"));
        assert_eq!(answer.remote_addr(), Some(server.address));
        let mut read = Vec::new();
        while let Some(chunk) = answer.chunk().await.expect("a body") {
            read.extend_from_slice(&chunk);
        }
        assert_eq!(read, b"a stream");
        drop(answer);
        let span = the_span(&capture);
        assert_eq!(text(&span, "http.response.body.size").as_deref(), Some("8"));
        assert_eq!(span.attribute("spanwise.cancelled"), None);
        // Set for one request alone, and unset for one.
        let answer =
            client(&capture).get(server.url("/stream")).until_body_end(true).send().await.expect("an answer");
        assert_eq!(capture.open(), 1);
        assert_eq!(answer.text().await.expect("text"), "a stream");
        let answer = http.get(server.url("/stream")).until_body_end(false).send().await.expect("an answer");
        assert_eq!((capture.open(), answer.status()), (0, StatusCode::OK));
        // Empty bodies.
        http.get(server.url("/orders/7")).send().await.expect("an answer");
        http.head(server.url("/")).send().await.expect("an answer");
        assert_eq!(capture.open(), 0);
        assert!(!capture.tree().to_string().contains("cancelled"), "{}", capture.tree());
    });
}

#[test]
fn a_body_that_is_dropped_half_read_is_recorded() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = builder(&capture).until_body_end(true).record_body_sizes(true).build().expect("a client");
        let mut answer = http.get(server.url("/stream")).send().await.expect("an answer");
        let first = answer.chunk().await.expect("a body").expect("some");
        drop(answer);
        let span = the_span(&capture);
        assert_eq!(span.attribute("spanwise.cancelled"), Some(&Value::Bool(true)));
        assert_eq!(span.attribute("http.response.body.size"), Some(&Value::I64(first.len() as i64)));
        assert!(!span.is_error());
    });
}

#[test]
fn a_body_that_ends_early_is_an_error() {
    block_on(async {
        let address = raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
        let capture = Capture::new();
        let answer = client(&capture).get(format!("http://{address}/")).until_body_end(true);
        let error = answer.send().await.expect("an answer").text().await.expect_err("the rest is missing");
        assert!(error.is_decode() || error.is_body(), "{error:?}");
        let span = the_span(&capture);
        assert!(span.is_error());
        let kind = text(&span, "error.type").expect("there");
        assert!(["body", "decode"].contains(&kind.as_str()), "{kind}");
        assert_eq!(text(&span, "http.response.status_code").as_deref(), Some("200"));
    });
}

#[test]
fn a_server_that_closes_early_or_speaks_nonsense_is_an_error() {
    block_on(async {
        for answer in
            [&b""[..], b"HTTP/1.1", b"nonsense\r\n\r\n", b"HTTP/1.1 99999 OK\r\n\r\n", b"\xff\xfe\0\0"]
        {
            let address = raw_server(answer).await;
            let capture = Capture::new();
            client(&capture).get(format!("http://{address}/")).send().await.expect_err("no answer");
            let span = the_span(&capture);
            assert!(span.is_error(), "{answer:?}");
            assert_eq!(text(&span, "error.type").as_deref(), Some("request"), "{answer:?}");
        }
    });
}

#[test]
fn phases_are_recorded_as_far_as_reqwest_shows_them() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = builder(&capture).record_phases(true).until_body_end(true).build().expect("a client");
        let by_name = format!("http://localhost:{}/stream", server.address.port());
        for _ in 0..2 {
            http.get(&by_name).send().await.expect("an answer").text().await.expect("text");
        }
        capture.ended(2, LONG).await;
        let spans = capture.spans();
        let seconds =
            |span: &SpanRecord, phase: &str| match span.attribute(&format!("spanwise.phase.{phase}")) {
                Some(Value::F64(seconds)) => Some(*seconds),
                other => {
                    assert_eq!(other, None);
                    None
                }
            };
        let parts =
            ["dns", "connect", "first_byte", "body"].map(|phase| seconds(&spans[0], phase).expect(phase));
        assert!(parts.iter().all(|part| (0.0..30.0).contains(part)), "{parts:?}");
        assert!(parts[0] + parts[1] <= parts[2], "{parts:?}");
        // The second request reuses the connection of the first.
        assert_eq!((seconds(&spans[1], "dns"), seconds(&spans[1], "connect")), (None, None));
        assert!(seconds(&spans[1], "first_byte").is_some());
    });
}

#[test]
fn an_unknown_name_is_a_dns_error() {
    block_on(async {
        for phases in [false, true] {
            let capture = Capture::new();
            let http = builder(&capture).record_phases(phases).build().expect("a client");
            let error = http.get("http://no-such-host.invalid/").send().await.expect_err("no such host");
            assert!(error.is_connect(), "{error:?}");
            assert_eq!(text(&the_span(&capture), "error.type").as_deref(), Some("dns"), "{error:?}");
        }
    });
}
