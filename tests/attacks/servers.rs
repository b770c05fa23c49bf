//! Servers that answer anything to a traced client.

use std::time::Duration;

use opentelemetry::trace::SpanKind;
use spanwise::testing::Capture;
use spanwise_tests::{LONG, block_on};

use crate::{hostile_server, rounds};

/// Each call ends with a result and one span, at least, which has ended.
#[test]
fn a_hostile_server_stops_no_call_and_each_has_its_span() {
    block_on(async {
        for seed in 100..100 + rounds(20) {
            let address = hostile_server(seed).await;
            let capture = Capture::new();
            let http = spanwise::Client::builder()
                .no_proxy()
                .timeout(Duration::from_millis(400))
                .until_body_end(seed.is_multiple_of(2))
                .record_body_sizes(true)
                .record_phases(true)
                .record_response_headers(["x", "location", "retry-after"])
                .provider(capture.provider())
                .build()
                .expect("a client");
            let calls = (0..10).map(|number| {
                let sent = http.get(format!("http://{address}/{number}?token=s3cret")).send();
                tokio::spawn(async move {
                    if let Ok(response) = sent.await {
                        drop(response.bytes().await)
                    }
                })
            });
            for call in calls.collect::<Vec<_>>() {
                call.await.unwrap_or_else(|_| panic!("seed {seed}"));
            }
            capture.ended(10, LONG).await;
            let spans = capture.spans();
            assert!(spans.len() >= 10, "seed {seed}");
            for span in spans {
                assert_eq!(span.kind, SpanKind::Client, "seed {seed}");
                let longest = span.attributes.iter().map(|attribute| attribute.value.as_str().len()).max();
                assert!(longest.is_some_and(|longest| longest < 40_000), "seed {seed}: {longest:?}");
                assert!(!format!("{span:?}").contains("s3cret"), "seed {seed}: {span:?}");
            }
        }
    });
}
