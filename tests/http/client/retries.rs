//! Sending again: a span for each attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use spanwise::testing::Capture;
use spanwise_tests::{block_on, nobody};

use crate::{Server, builder, client, steady};

/// Answers 503 so many times, and then tells the body.
fn failing(times: usize) -> Router {
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = move |body: String| {
        let is_ready = asked.fetch_add(1, Ordering::Relaxed) >= times;
        async move {
            if is_ready { (StatusCode::OK, body) } else { (StatusCode::SERVICE_UNAVAILABLE, String::new()) }
        }
    };
    Router::new().route("/", any(answer))
}

#[test]
fn each_attempt_has_a_span_and_a_count() {
    block_on(async {
        let server = Server::start(failing(2)).await;
        let capture = Capture::new();
        let http = builder(&capture)
            .retry(|sent| {
                assert_eq!(sent.method().as_str(), "POST");
                (sent.status() == Some(StatusCode::SERVICE_UNAVAILABLE)).then_some(Duration::from_millis(1))
            })
            .build()
            .expect("a client");
        let answer = http.post(server.url("/")).body("a body").send().await.expect("an answer");
        assert_eq!(answer.text().await.expect("text"), "a body");
        let failed = "http.response.status_code=503 error.type=\"503\" ✗";
        assert_eq!(
            steady(capture.tree()),
            format!(
                "POST [client] http.request.method=\"POST\" {failed}\n\
                 POST [client] http.request.method=\"POST\" http.request.resend_count=1 {failed}\n\
                 POST [client] http.request.method=\"POST\" http.request.resend_count=2 http.response.status_code=200\n"
            )
        );
    });
}

#[test]
fn errors_can_be_retried_and_the_number_of_retries_is_known() {
    block_on(async {
        let (_socket, nobody) = nobody();
        let capture = Capture::new();
        let http = builder(&capture)
            .retry(|sent| {
                let is_connect = sent.error().is_some_and(reqwest::Error::is_connect);
                (is_connect && sent.retries() < 3).then_some(Duration::ZERO)
            })
            .build()
            .expect("a client");
        let error = http.get(format!("http://{nobody}/")).send().await.expect_err("refused");
        assert!(error.is_connect());
        let counts: Vec<_> = capture
            .spans()
            .iter()
            .map(|span| span.attribute("http.request.resend_count").map(ToString::to_string))
            .collect();
        assert_eq!(counts, [None, Some("1".to_owned()), Some("2".to_owned()), Some("3".to_owned())]);
    });
}

#[test]
fn nothing_is_tried_again_unasked_and_the_application_can_say_that_it_does() {
    block_on(async {
        let server = Server::start(failing(1)).await;
        let capture = Capture::new();
        let http = client(&capture);
        assert_eq!(http.get(server.url("/")).send().await.expect("an answer").status(), 503);
        http.get(server.url("/")).resend_count(1).send().await.expect("an answer");
        assert_eq!(
            steady(capture.tree()),
            "GET [client] http.request.method=\"GET\" http.response.status_code=503 error.type=\"503\" ✗\n\
             GET [client] http.request.method=\"GET\" http.request.resend_count=1 http.response.status_code=200\n"
        );
    });
}

#[test]
fn there_is_no_pause_beyond_the_time_that_there_is() {
    block_on(async {
        let server = Server::start(failing(9)).await;
        let capture = Capture::new();
        let http = builder(&capture)
            .timeout(Duration::from_secs(20))
            .retry(|_| Some(Duration::from_secs(60)))
            .until_body_end(true)
            .build()
            .expect("a client");
        // The answer that there is, and at once.
        assert_eq!(http.get(server.url("/")).send().await.expect("an answer").status(), 503);
        // What cannot be sent is not tried again.
        http.get("ftp://example.invalid/").send().await.expect_err("nothing that is sent");
        assert_eq!(capture.spans().len(), 2, "{}", capture.tree());
    });
}
