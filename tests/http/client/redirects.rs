//! Redirects: a span for each hop, and the headers of each hop.

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{any, get};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};
use spanwise::Propagator;
use spanwise::client::{RedirectAction, RedirectPolicy};
use spanwise::testing::Capture;
use spanwise_tests::{LONG, block_on};

use crate::{Server, builder, client, steady};

/// A request as a line: the method, the body, and the names of some headers.
fn line(method: &Method, headers: &HeaderMap, body: &str) -> String {
    let names = ["authorization", "cookie", "x-own", "baggage", "uberctx-tenant", "referer", "content-type"];
    let there = names.into_iter().filter(|name| headers.get(*name).is_some_and(|value| !value.is_empty()));
    format!("{method} {body:?} {}", there.collect::<Vec<_>>().join(" "))
}

/// `/to?307&url` redirects, and `/here` answers with the request as a line.
fn app() -> Router {
    let here =
        |method: Method, headers: HeaderMap, body: String| async move { line(&method, &headers, &body) };
    let to = |query: axum::extract::RawQuery| async move {
        let query = query.0.expect("a query");
        let (status, url) = query.split_once('&').expect("two");
        let status: u16 = status.parse().expect("a status");
        (StatusCode::from_u16(status).expect("a status"), [(header::LOCATION, url.to_owned())])
            .into_response()
    };
    Router::new()
        .route("/here", any(here))
        .route("/to", any(to))
        .route("/round", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/round")]) }))
}

#[test]
fn each_hop_has_a_span_and_its_own_context() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);
        let url = server.url(&format!("/to?302&{}", server.url("/to?307&/here")));
        let answer = http.get(&url).send().await.expect("an answer");
        assert_eq!(answer.url().as_str(), server.url("/here"));
        server.capture.ended(3, LONG).await;
        let spans = capture.spans();
        assert_eq!(
            steady(capture.tree()),
            "GET [client] http.request.method=\"GET\" http.response.status_code=302\n\
             GET [client] http.request.method=\"GET\" http.request.resend_count=1 http.response.status_code=307\n\
             GET [client] http.request.method=\"GET\" http.request.resend_count=2 http.response.status_code=200\n"
        );
        let urls: Vec<_> =
            spans.iter().map(|span| span.attribute("url.full").expect("there").to_string()).collect();
        assert_eq!(urls, [url, server.url("/to?307&/here"), server.url("/here")]);
        // Each hop's span is the parent of the server's span of that hop.
        let served = server.capture.spans();
        for (sent, served) in spans.iter().zip(&served) {
            assert_eq!(served.parent_span_id, sent.context.span_id());
        }
    });
}

#[test]
fn all_hops_are_children_of_the_span_around_the_call() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = client(&capture);

        #[spanwise::instrument]
        async fn asks(http: &spanwise::Client, url: String) {
            http.get(url).send().await.expect("an answer");
        }

        capture.future(asks(&http, server.url("/to?302&/here"))).await;
        let tree = steady(capture.tree());
        assert_eq!(tree.lines().filter(|line| line.starts_with("  GET [client]")).count(), 2, "{tree}");
    });
}

/// The same as reqwest's own client sends.
#[test]
fn methods_bodies_and_headers_are_those_that_reqwest_sends() {
    block_on(async {
        let server = Server::start(app()).await;
        let elsewhere = Server::start(app()).await;
        let capture = Capture::new();
        let ours = client(&capture);
        let theirs = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut seen = 0;
        for status in [301, 302, 303, 307, 308] {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                for to in ["/here".to_owned(), elsewhere.url("/here")] {
                    let url = server.url(&format!("/to?{status}&{to}"));
                    let request = || {
                        let mut request = theirs
                            .request(method.clone(), &url)
                            .header("authorization", "Bearer s3cret")
                            .header("cookie", "s3cret=1")
                            .header("x-own", "1");
                        if method != Method::GET {
                            request = request.header("content-type", "text/plain").body("a body");
                        }
                        request.build().expect("a request")
                    };
                    let ours = ours.execute(request()).await.expect("an answer").text().await.expect("text");
                    let theirs =
                        theirs.execute(request()).await.expect("an answer").text().await.expect("text");
                    assert_eq!(ours, theirs, "{status} {method} {to}");
                    assert_eq!(ours.contains("authorization"), to == "/here", "{ours}");
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 50);
    });
}

#[test]
fn default_headers_with_credentials_do_not_follow() {
    block_on(async {
        let server = Server::start(app()).await;
        let elsewhere = Server::start(app()).await;
        let defaults = || {
            let value = |text: &str| text.parse().expect("a value");
            HeaderMap::from_iter([(header::AUTHORIZATION, value("s3cret")), (header::COOKIE, value("a=1"))])
        };
        let given = builder(&Capture::new()).default_headers(defaults()).build().expect("a client");
        let through =
            builder(&Capture::new()).with(|http| http.default_headers(defaults())).build().expect("a client");
        for http in [given, through] {
            for (to, expected) in [
                ("/here".to_owned(), "GET \"\" authorization cookie referer"),
                (elsewhere.url("/here"), "GET \"\" referer"),
            ] {
                let url = server.url(&format!("/to?302&{to}"));
                let answer = http.get(url).send().await.expect("an answer").text().await.expect("text");
                assert_eq!(answer, expected, "{http:?} {to}");
            }
        }
    });
}

#[test]
fn baggage_goes_to_another_origin_only_if_a_rule_allows_it() {
    block_on(async {
        let server = Server::start(app()).await;
        let elsewhere = Server::start(app()).await;
        let context = || Context::new().with_baggage([KeyValue::new("tenant", "7")]);
        let capture = Capture::new();
        let without = client(&capture);
        let to_all = builder(&capture)
            .propagate("127.0.0.1", [Propagator::TraceContext, Propagator::Baggage])
            .build()
            .expect("a client");
        let to_none =
            builder(&capture).propagate(&elsewhere.address.to_string(), []).build().expect("a client");
        let jaeger = builder(&capture)
            .propagators([Propagator::TraceContext, Propagator::Jaeger])
            .build()
            .expect("a client");
        for (http, to, expected) in [
            (&without, "/here".to_owned(), "GET \"\" baggage referer"),
            (&without, elsewhere.url("/here"), "GET \"\" referer"),
            (&to_all, elsewhere.url("/here"), "GET \"\" baggage referer"),
            (&to_none, elsewhere.url("/here"), "GET \"\" referer"),
            (&jaeger, "/here".to_owned(), "GET \"\" uberctx-tenant referer"),
            (&jaeger, elsewhere.url("/here"), "GET \"\" referer"),
        ] {
            let url = server.url(&format!("/to?302&{to}"));
            let answer = http.get(url).context(context()).send().await.expect("an answer");
            assert_eq!(answer.text().await.expect("text"), expected, "{to}");
        }
        // The application's own baggage header follows the same rule.
        let url = server.url(&format!("/to?302&{}", elsewhere.url("/here")));
        let by_hand = without.get(&url).header("baggage", "by=hand").send().await.expect("an answer");
        assert_eq!(by_hand.text().await.expect("text"), "GET \"\" referer");
        let untraced =
            without.get(&url).header("baggage", "by=hand").untraced().send().await.expect("an answer");
        assert_eq!(untraced.text().await.expect("text"), "GET \"\" referer");
        // Back at the first origin it is sent again.
        let back = elsewhere.url(&format!("/to?302&{}", server.url("/here")));
        let url = server.url(&format!("/to?302&{back}"));
        let back = without.get(url).context(context()).send().await.expect("an answer");
        assert_eq!(back.text().await.expect("text"), "GET \"\" baggage referer");
    });
}

#[test]
fn a_rule_is_the_same_for_a_first_request_and_for_a_hop() {
    let formats = |headers: HeaderMap| async move {
        let known = ["traceparent", "b3", "uber-trace-id", "baggage"];
        known.into_iter().filter(|name| headers.contains_key(*name)).collect::<Vec<_>>().join(" ")
    };
    block_on(async {
        let legacy = Server::start(Router::new().route("/", get(formats))).await;
        let partner = Server::start(Router::new().route("/", get(formats))).await;
        let home = Server::start(app().route("/", get(formats))).await;
        let http = builder(&Capture::new())
            .propagate(&legacy.address.to_string(), [Propagator::Jaeger])
            .propagate(&format!("http://{}", partner.address), [])
            // Warned about on standard error, and ignored.
            .propagate("http://host/path", [Propagator::B3])
            .build()
            .expect("a client");
        let ask = async |url: String| {
            // As if copied from another request.
            let stale = http.get(url).header("traceparent", "stale").header("b3", "0");
            stale.send().await.expect("an answer").text().await.expect("text")
        };
        for (server, expected) in [(&home, "traceparent"), (&legacy, "uber-trace-id"), (&partner, "")] {
            assert_eq!(ask(server.url("/")).await, expected);
            assert_eq!(ask(home.url(&format!("/to?302&{}", server.url("/")))).await, expected);
        }
    });
}

#[test]
fn a_redirect_loop_ends_as_an_error() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let http = builder(&capture).redirect(RedirectPolicy::limited(2)).build().expect("a client");
        let error = http.get(server.url("/round")).send().await.expect_err("round and round");
        assert!(error.is_redirect(), "{error:?}");
        let redirected = "http.response.status_code=302";
        assert_eq!(
            steady(capture.tree()),
            format!(
                "GET [client] http.request.method=\"GET\" {redirected}\n\
                 GET [client] http.request.method=\"GET\" http.request.resend_count=1 {redirected}\n\
                 GET [client] http.request.method=\"GET\" http.request.resend_count=2 {redirected} \
                 error.type=\"redirect\" ✗ \"redirect: too many redirects\"\n  \
                 • exception exception.type=\"redirect\" exception.message=\"redirect: too many redirects\"\n"
            )
        );
        // The default limit is reqwest's.
        assert!(client(&capture).get(server.url("/round")).send().await.expect_err("round").is_redirect());
        assert_eq!(capture.spans().len(), 3 + 11);
    });
}

#[test]
fn redirects_can_be_ignored_decided_on_and_refused() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let none = builder(&capture).redirect(RedirectPolicy::none()).build().expect("a client");
        assert_eq!(none.get(server.url("/round")).send().await.expect("an answer").status(), 302);
        let decided = RedirectPolicy::custom(|redirect| {
            assert_eq!(redirect.status(), 302);
            match (redirect.url().path(), redirect.previous().len()) {
                ("/round", 1) => RedirectAction::Follow,
                ("/round", _) => RedirectAction::Stop,
                _ => RedirectAction::Error("not there".into()),
            }
        });
        let http = builder(&capture).redirect(decided).build().expect("a client");
        assert_eq!(http.get(server.url("/round")).send().await.expect("an answer").status(), 302);
        assert_eq!(capture.spans().len(), 3);
        let error = http.get(server.url("/to?302&/here")).send().await.expect_err("refused");
        assert!(error.is_redirect());
        assert!(capture.tree().to_string().contains("redirect: not there"), "{}", capture.tree());
    });
}

#[test]
fn a_redirect_without_a_valid_url_behaves_as_in_reqwest() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let ours = client(&capture);
        let theirs = reqwest::Client::builder().no_proxy().build().expect("a client");
        for to in ["", "http://", "ftp://example.invalid/", "http://[", "\u{1}", "?", "//127.0.0.1:1/"] {
            let url = server.url(&format!("/to?302&{to}"));
            let ours = ours.get(&url).send().await.map(|answer| answer.status());
            let theirs = theirs.get(&url).send().await.map(|answer| answer.status());
            assert_eq!(ours.as_ref().ok(), theirs.as_ref().ok(), "{to:?}: {ours:?} {theirs:?}");
        }
        assert_eq!(capture.open(), 0);
    });
}

#[test]
fn a_body_that_streams_is_not_sent_twice() {
    use tokio_stream::StreamExt as _;

    block_on(async {
        let server = Server::start(app()).await;
        let http = client(&Capture::new());
        let stream = || {
            let bytes = tokio_stream::iter(["a ", "body"])
                .map(|text| Ok(http_body::Frame::data(bytes::Bytes::from(text))));
            reqwest::Body::wrap(http_body_util::StreamBody::new(
                bytes.map(|frame: Result<_, std::io::Error>| frame),
            ))
        };
        let send = async |status: u16| {
            let url = server.url(&format!("/to?{status}&/here"));
            http.post(url).body(stream()).send().await.expect("an answer")
        };
        // The body cannot be sent again, so the redirect is the answer.
        assert_eq!(send(307).await.status(), 307);
        // This redirect needs no body.
        assert_eq!(send(303).await.text().await.expect("text"), "GET \"\" referer");
    });
}

#[test]
fn an_existing_client_has_one_span_for_all_hops() {
    block_on(async {
        let server = Server::start(app()).await;
        let capture = Capture::new();
        let theirs = reqwest::Client::builder().no_proxy().build().expect("a client");
        let http = spanwise::Client::from(theirs).with_provider(capture.provider());
        http.get(server.url("/to?302&/here")).send().await.expect("an answer");
        assert_eq!(
            steady(capture.tree()),
            "GET [client] http.request.method=\"GET\" http.response.status_code=200\n"
        );
        server.capture.ended(2, LONG).await;
    });
}

/// Through another origin and back: the origin in between must not make the client send its credentials.
#[test]
fn a_redirect_back_to_the_first_origin_does_not_send_credentials() {
    block_on(async {
        let server = Server::start(app()).await;
        let elsewhere = Server::start(app()).await;
        let defaults = || HeaderMap::from_iter([(header::AUTHORIZATION, "s3cret".parse().expect("a value"))]);
        let given = builder(&Capture::new()).default_headers(defaults()).build().expect("a client");
        let through =
            builder(&Capture::new()).with(|http| http.default_headers(defaults())).build().expect("a client");
        let back = elsewhere.url(&format!("/to?302&{}", server.url("/here")));
        for http in [given, through] {
            let answer = http.get(server.url(&format!("/to?302&{back}"))).send().await.expect("an answer");
            assert_eq!(answer.text().await.expect("text"), "GET \"\" referer", "{http:?}");
        }
    });
}

/// The `Referer` is the last hop's URL; the application's own header stays if `referer` is off.
#[test]
fn the_referer_is_the_url_of_the_last_hop() {
    let referer = |headers: HeaderMap| async move {
        headers.get("referer").map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    };
    block_on(async {
        let server = Server::start(app().route("/referer", get(referer))).await;
        let http = client(&Capture::new());
        let url = server.url(&format!("/to?302&{}", server.url("/to?302&/referer")));
        let last = http.get(&url).header("referer", "http://own.example/").send().await.expect("an answer");
        assert_eq!(last.text().await.expect("text"), server.url("/to?302&/referer"));
        let without = builder(&Capture::new()).referer(false).build().expect("a client");
        let own = without.get(&url).header("referer", "http://own.example/").send().await.expect("an answer");
        assert_eq!(own.text().await.expect("text"), "http://own.example/");
    });
}

#[test]
fn a_followed_redirect_is_not_canceled() {
    let moved = || async { (StatusCode::FOUND, [(header::LOCATION, "/here")], "look there") };
    block_on(async {
        let server = Server::start(app().route("/moved", get(moved))).await;
        let capture = Capture::new();
        let http = builder(&capture).until_body_end(true).build().expect("a client");
        http.get(server.url("/moved")).send().await.expect("an answer").text().await.expect("text");
        assert_eq!(capture.spans().len(), 2);
        assert!(!capture.tree().to_string().contains("cancelled"), "{}", capture.tree());
    });
}

/// The policy sends a request itself.
#[test]
fn a_decision_may_send_requests_of_its_own() {
    use std::future::Future as _;
    use std::task::{Context as Task, Waker};

    block_on(async {
        let server = Server::start(app()).await;
        let inner = client(&Capture::new());
        let url = server.url("/here");
        let asks = RedirectPolicy::custom(move |_| {
            let mut request = std::pin::pin!(inner.get(&url).send());
            let _ = request.as_mut().poll(&mut Task::from_waker(Waker::noop()));
            RedirectAction::Follow
        });
        let http = builder(&Capture::new()).redirect(asks).build().expect("a client");
        let answer = http.get(server.url("/to?302&/here")).send().await.expect("an answer");
        assert_eq!(answer.text().await.expect("text"), "GET \"\" referer");
    });
}

/// Each hop is quick, and the redirects never end.
#[test]
fn the_timeout_is_for_the_whole_call() {
    use std::time::Duration;

    block_on(async {
        let server = Server::start(app()).await;
        let for_ever =
            || builder(&Capture::new()).redirect(RedirectPolicy::custom(|_| RedirectAction::Follow));
        let within = Duration::from_millis(200);
        let http = for_ever().timeout(within).build().expect("a client");
        assert!(http.get(server.url("/round")).send().await.expect_err("late").is_timeout());
        let http = for_ever().build().expect("a client");
        let request = http.get(server.url("/round")).timeout(within);
        assert!(request.send().await.expect_err("late").is_timeout());
    });
}
