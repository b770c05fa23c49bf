//! The client's span.

mod layer;
mod recorded;
mod redirects;
mod retries;

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt as _};
use opentelemetry::{Context, Value};
use spanwise::testing::Capture;
use spanwise::{instrument, span};
use spanwise_tests::{LONG, block_on, nobody};

use crate::{Server, builder, client, steady};

fn app() -> Router {
    Router::new()
        .route("/traceparent", get(|headers: HeaderMap| async move { header(&headers, "traceparent") }))
        .route("/baggage", get(|headers: HeaderMap| async move { header(&headers, "baggage") }))
        .route("/echo", post(|body: String| async move { body }))
        .route(
            "/status/{code}",
            get(|axum::extract::Path(code): axum::extract::Path<u16>| async move {
                StatusCode::from_u16(code).expect("a code")
            }),
        )
        .route("/never", get(std::future::pending::<()>))
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[test]
fn a_request_is_a_client_span_under_the_current_one() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);

        #[instrument]
        async fn asks(http: &spanwise::Client, url: String) -> String {
            http.post(url).body("a body").send().await.expect("an answer").text().await.expect("text")
        }

        assert_eq!(capture.future(asks(&http, server.url("/echo?a=1&token=s3cret"))).await, "a body");
        capture.ended(2, LONG).await;
        assert_eq!(
            steady(capture.tree()),
            "asks\n  POST [client] http.request.method=\"POST\" http.response.status_code=200\n"
        );
        let spans = capture.spans();
        let span = spans.iter().find(|span| span.kind == SpanKind::Client).expect("there");
        let text = |key| span.attribute(key).map(ToString::to_string).unwrap_or_default();
        assert_eq!(text("url.full"), server.url("/echo?a=1&token=REDACTED"));
        assert_eq!(text("server.address"), "127.0.0.1");
        assert_eq!(span.attribute("server.port"), Some(&Value::I64(server.address.port().into())));
        assert_eq!(text("network.protocol.version"), "1.1");
        assert_eq!(text("network.peer.address"), "127.0.0.1");
        assert_eq!(span.attribute("network.peer.port"), span.attribute("server.port"));
    });
}

#[test]
fn the_context_of_the_span_is_sent_and_replaces_a_copied_one() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let request = client(&capture).get(server.url("/traceparent")).header("traceparent", "stale");
        let sent = request.send().await.expect("an answer").text().await.expect("text");
        let spans = capture.spans();
        let [span] = spans.as_slice() else { panic!("{}", capture.tree()) };
        assert_eq!(sent, format!("00-{}-{}-03", span.context.trace_id(), span.context.span_id()));
        // …which is the parent of the server's span.
        server.capture.ended(1, LONG).await;
        let spans = server.capture.spans();
        assert_eq!(spans[0].parent_span_id, span.context.span_id());
        assert!(spans[0].parent_is_remote);
    });
}

#[test]
fn one_request_can_have_a_context_of_its_own() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let given = {
            let parent = capture.run(|| span!("given"));
            parent.context().expect("recorded").clone()
        };
        let http = client(&capture);
        http.get(server.url("/status/200")).context(given).send().await.expect("an answer");
        // Built here and sent elsewhere: the context that is current at `send` counts.
        let request = http.get(server.url("/status/200"));
        let sending = capture.run(|| {
            let _span = span!("current");
            request.send()
        });
        sending.await.expect("an answer");
        let answered = "GET [client] http.request.method=\"GET\" http.response.status_code=200";
        assert_eq!(steady(capture.tree()), format!("given\n  {answered}\ncurrent\n  {answered}\n"));
    });
}

#[test]
fn baggage_goes_along() {
    use opentelemetry::baggage::BaggageExt as _;

    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let context = Context::new().with_baggage([opentelemetry::KeyValue::new("tenant", "a b")]);
        let answer =
            client(&capture).get(server.url("/baggage")).context(context).send().await.expect("an answer");
        assert_eq!(answer.text().await.expect("text"), "tenant=a%20b");
    });
}

#[test]
fn answers_of_4xx_and_5xx_are_failures() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);
        for code in [204, 404, 503] {
            http.get(server.url(&format!("/status/{code}"))).send().await.expect("an answer");
        }
        assert_eq!(
            steady(capture.tree()),
            "GET [client] http.request.method=\"GET\" http.response.status_code=204\n\
             GET [client] http.request.method=\"GET\" http.response.status_code=404 error.type=\"404\" ✗\n\
             GET [client] http.request.method=\"GET\" http.response.status_code=503 error.type=\"503\" ✗\n"
        );
    });
}

#[test]
fn errors_are_of_few_kinds_and_have_no_secrets() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);
        let (_socket, nobody) = nobody();
        // `get` takes credentials out of the URL itself; a request made by hand keeps them.
        let url = format!("http://user:s3cret@{nobody}/?token=s3cret").parse().expect("a URL");
        let refused = http.execute(reqwest::Request::new(reqwest::Method::GET, url)).await;
        assert!(refused.expect_err("refused").is_connect());
        let late = http.get(server.url("/never")).timeout(Duration::from_millis(20)).send().await;
        assert!(late.expect_err("late").is_timeout());
        // Without a request there is no span.
        assert!(http.get("not a URL").send().await.expect_err("no URL").is_builder());

        let spans = capture.spans();
        let kinds: Vec<_> =
            spans.iter().map(|span| span.attribute("error.type").expect("an error").to_string()).collect();
        assert_eq!(kinds, ["connect", "timeout"]);
        assert!(spans.iter().all(|span| span.is_error()));
        let text = format!("{spans:?}");
        assert!(text.contains("http://REDACTED:REDACTED@") && !text.contains("s3cret"), "{text}");
    });
}

#[test]
fn a_dropped_request_is_canceled() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let request = client(&capture).get(server.url("/never")).send();
        assert!(tokio::time::timeout(Duration::from_millis(20), request).await.is_err());
        assert_eq!(
            steady(capture.tree()),
            "GET [client] http.request.method=\"GET\" spanwise.cancelled=true\n"
        );
    });
}

#[test]
fn a_request_that_is_not_recorded_still_sends_the_context() {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let unsampled = SpanContext::new(
            TraceId::from(7),
            SpanId::from(8),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        let context = Context::new().with_remote_span_context(unsampled);
        let answer = client(&capture)
            .get(server.url("/traceparent"))
            .context(context)
            .send()
            .await
            .expect("an answer");
        // The decision is passed on, with either of the two span ids.
        let sent = answer.text().await.expect("text");
        assert!(sent.starts_with("00-00000000000000000000000000000007-") && sent.ends_with("-00"), "{sent}");
        assert_eq!(capture.spans().len(), 0);
        assert_eq!(server.capture.spans().len(), 0);
    });
}

#[test]
fn the_builder_has_the_options_of_reqwest() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture).clone();
        let request = http
            .post(server.url("/echo"))
            .json(&[1, 2])
            .bearer_auth("s3cret")
            .with(|request| request.header("x", "y"));
        let copy = request.try_clone().expect("a body that can be copied");
        assert_eq!(request.send().await.expect("an answer").text().await.expect("text"), "[1,2]");
        let built = copy.build().expect("a request");
        assert_eq!(built.headers().get("x").map(|value| value.as_bytes()), Some(b"y".as_slice()));
        assert_eq!(http.execute(built).await.expect("an answer").text().await.expect("text"), "[1,2]");
        assert_eq!(capture.spans().len(), 2);
        assert!(!format!("{:?}", capture.spans()).contains("s3cret"));
    });
}

/// A server that accepts only one connection.
#[test]
fn clones_share_one_pool_of_connections() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        drop(listener);
        let mut lines = BufReader::new(stream.try_clone().expect("a copy")).lines();
        for _ in 0..2 {
            while !lines.next().expect("a line").expect("text").is_empty() {}
            (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").expect("sent");
        }
    });
    block_on(async {
        let http = client(&Capture::new());
        for http in [http.clone(), http] {
            assert_eq!(http.get(&url).send().await.expect("an answer").text().await.expect("text"), "ok");
        }
    });
    server.join().expect("both requests came");
}

/// A request that gets no headers from Spanwise keeps the application's own.
#[test]
fn headers_written_by_hand_stay_where_spanwise_writes_none() {
    block_on(async {
        let server = Server::start(app()).await;
        let http = builder(&Capture::new()).propagators([]).build().expect("a client");
        let request = http.get(server.url("/traceparent")).header("traceparent", "by hand");
        assert_eq!(request.send().await.expect("an answer").text().await.expect("text"), "by hand");
    });
}

/// Forms, cookies and proxies work as in reqwest.
#[test]
fn features_of_reqwest_still_work() {
    let set = || async { ([("set-cookie", "a=1"), ("location", "/echo")], StatusCode::FOUND) };
    let echo = |headers: HeaderMap, body: String| async move {
        format!("{} {} {}", header(&headers, "cookie"), header(&headers, "host"), body.contains("a part"))
    };
    block_on(async {
        let app = Router::new().route("/set", get(set)).fallback(echo);
        let server = Server::start(app).await;
        let capture = Capture::new();
        let http = builder(&capture).with(|http| http.cookie_store(true)).build().expect("a client");
        let answer =
            http.get(server.url("/set")).send().await.expect("an answer").text().await.expect("text");
        assert_eq!(answer, format!("a=1 {} false", server.address));
        let form = reqwest::multipart::Form::new().text("name", "a part");
        let answer = http.post(server.url("/echo")).multipart(form).send().await.expect("an answer");
        assert!(answer.text().await.expect("text").ends_with("true"));
        let proxied = spanwise::Client::builder()
            .with(|http| http.proxy(reqwest::Proxy::http(server.url("/")).expect("a proxy")))
            .provider(capture.provider())
            .build()
            .expect("a client");
        let answer =
            proxied.get("http://far.example/x").send().await.expect("an answer").text().await.expect("text");
        assert_eq!(answer, " far.example false");
        let last = capture.spans().pop().expect("a span");
        assert_eq!(last.attribute("server.address").map(ToString::to_string).as_deref(), Some("far.example"));
        assert_eq!(
            last.attribute("network.peer.address").map(ToString::to_string).as_deref(),
            Some("127.0.0.1")
        );
        let mut stream = http.get(server.url("/echo")).send().await.expect("an answer").bytes_stream();
        use tokio_stream::StreamExt as _;
        assert!(stream.next().await.expect("a chunk").is_ok());
    });
}

/// The context that the future is given, as with OpenTelemetry's own `with_context`.
#[test]
fn a_context_that_the_future_is_given_counts() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);
        let remote = SpanContext::new(
            0x77_u128.into(),
            0x88_u64.into(),
            opentelemetry::TraceFlags::SAMPLED,
            true,
            <_>::default(),
        );
        let context = Context::new().with_remote_span_context(remote);
        let url = server.url("/traceparent");
        let sent = opentelemetry::trace::FutureExt::with_context(http.get(&url).send(), context.clone());
        assert!(sent.await.expect("an answer").text().await.expect("text").contains("0000000000000077"));
        let sent = spanwise::FutureExt::with_context(http.get(&url).send(), context);
        assert!(sent.await.expect("an answer").text().await.expect("text").contains("0000000000000077"));
        // Without a context by then, that of the call counts.
        let trace = {
            let provider = capture.provider();
            let _attached = provider.in_context(&Context::new()).attach();
            let called = span!("caller");
            let trace = spanwise::current_trace_id().expect("a span");
            let sent = http.get(&url).send();
            drop(called);
            (trace, sent)
        };
        let (trace, sent) = trace;
        let header =
            tokio::spawn(sent).await.expect("no panic").expect("an answer").text().await.expect("text");
        assert!(header.contains(&trace), "{header} {trace}");
    });
}

/// The types are as easy to use as reqwest's.
#[test]
fn a_call_can_be_polled_by_reference_and_the_client_is_a_service() {
    use tower::{Service as _, ServiceExt as _};

    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);
        let mut sent = http.get::<&str>(&server.url("/status/204")).send();
        assert_eq!(size_of_val(&sent), 2 * size_of::<usize>());
        let response = loop {
            tokio::select! {
                response = &mut sent => break response,
                () = std::future::ready(()) => tokio::task::yield_now().await,
            }
        };
        assert_eq!(response.expect("an answer").status(), 204);

        let (same, request) = http.get(server.url("/status/201")).build_split();
        let request = request.expect("a request");
        let copy = request.try_clone().expect("no body");
        let response = spanwise::client::RequestBuilder::from_parts(same, request).send().await;
        assert_eq!(response.expect("an answer").status(), 201);
        let mut service = &http;
        let response = service.ready().await.expect("ready").call(copy.try_clone().expect("no body")).await;
        assert_eq!(response.expect("an answer").status(), 201);
        assert_eq!(http.clone().oneshot(copy).await.expect("an answer").status(), 201);
        capture.ended(4, LONG).await;
        // The way back.
        let plain = reqwest::Client::from(http);
        assert_eq!(plain.get(server.url("/status/202")).send().await.expect("an answer").status(), 202);
        assert_eq!(capture.spans().len(), 4);
    });
}

#[test]
fn the_last_of_several_default_headers_of_one_name_is_sent() {
    block_on(async {
        let app = Router::new().route("/", get(|headers: HeaderMap| async move { header(&headers, "x-a") }));
        let server = Server::start(app).await;
        let mut headers = HeaderMap::new();
        headers.append("x-a", "1".parse().expect("a value"));
        headers.append("x-a", "2".parse().expect("a value"));
        let ours = builder(&Capture::new()).default_headers(headers.clone()).build().expect("a client");
        let theirs =
            reqwest::Client::builder().no_proxy().default_headers(headers).build().expect("a client");
        let ours = ours.get(server.url("/")).send().await.expect("an answer").text().await.expect("text");
        let theirs = theirs.get(server.url("/")).send().await.expect("an answer").text().await.expect("text");
        assert_eq!((ours.as_str(), theirs.as_str()), ("2", "2"));
    });
}

/// A redirect that cannot be followed is an error of the first request, and there is no second one.
#[test]
fn a_redirect_to_a_url_that_cannot_be_requested_is_an_error_of_a_redirect() {
    block_on(async {
        let app =
            Router::new().route("/ftp", get(|| async { (StatusCode::FOUND, [("location", "ftp://x/")]) }));
        let server = Server::start(app).await;
        let capture = Capture::new();
        let error = client(&capture).get(server.url("/ftp")).send().await.expect_err("no answer");
        assert!(error.is_redirect() && !error.is_builder(), "{error:?}");
        capture.ended(1, LONG).await;
        assert_eq!(capture.spans().len(), 1);
    });
}

/// What is in a client, and not what is in its headers.
#[test]
fn the_debug_form_has_no_values_of_headers() {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", "s3cret".parse().expect("a value"));
    let with = spanwise::Client::builder().default_headers(headers.clone());
    let theirs = spanwise::Client::builder().with(|http| http.default_headers(headers));
    let builders = format!("{with:?} {theirs:?}");
    let shown = format!("{builders} {:?} {:?}", with.build(), theirs.build());
    assert!(!shown.contains("s3cret") && shown.contains("x-api-key"), "{shown}");
    let request = spanwise::Client::new().get("http://user:s3cret@x/").header("x-api-key", "s3cret");
    assert!(!format!("{request:?}").contains("s3cret"), "{request:?}");
}
