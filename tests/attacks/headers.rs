//! Headers of any content, through a real layer.

use axum::Router;
use axum::routing::get;
use opentelemetry::trace::SpanKind;
use spanwise::testing::Capture;
use spanwise::{Propagator, ServerLayer, instrument};
use spanwise_tests::{LONG, block_on};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::rounds;

/// Values that are well formed, to be mutated.
const HEADERS: &[(&str, &str)] = &[
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("tracestate", "ot=th:8;rv:abcdefabcdefab,a=1,foo@@bar=2"),
    ("baggage", "tenant=7;property=x,user=a%20b"),
    ("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1-05e3ac9a4f6e3b90"),
    ("x-b3-traceid", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("x-b3-spanid", "00f067aa0ba902b7"),
    ("x-b3-sampled", "1"),
    ("x-b3-flags", "1"),
    ("uber-trace-id", "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1"),
    ("uberctx-tenant", "a+b%2Bc"),
    ("jaeger-baggage", "a=b, c=d"),
    ("x-forwarded-for", "192.0.2.1, [2001:db8::1]:80, unknown"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "shop.example:8080"),
    ("forwarded", "for=\"[2001:db8::1]\";proto=https;host=x, for=_hidden"),
    ("host", "shop.example:8080"),
    ("user-agent", "curl/8.5.0"),
    ("content-length", "0"),
    ("content-type", "application/grpc+proto"),
    ("referer", "https://user:pw@x/?token=abc"),
];

#[instrument]
async fn handle() -> &'static str {
    "handled"
}

/// A value with some bytes replaced, repeated, cut or inserted.
fn mutated(value: &str, random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = value.as_bytes().to_vec();
    for _ in 0..random.usize(0..4) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..5) {
            0 => bytes.insert(at, random.u8(32..=255)),
            1 => bytes.truncate(at),
            2 => bytes.extend_from_within(at..),
            3 if at < bytes.len() => bytes[at] = random.u8(32..=255),
            _ => bytes.splice(at..at, b"%,;=-@:\"\t".repeat(random.usize(0..40))).for_each(drop),
        }
    }
    // No header has these.
    bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0 | 127));
    bytes
}

#[test]
fn hostile_headers_are_answered_as_without_the_layer_and_recorded_within_bounds() {
    const TOGETHER: u64 = 50;
    block_on(async {
        let capture = Capture::new();
        let layer = ServerLayer::new()
            .propagators([
                Propagator::TraceContext,
                Propagator::Baggage,
                Propagator::B3,
                Propagator::B3Multi,
                Propagator::Jaeger,
            ])
            .trusted_proxies(["127.0.0.0/8"])
            .record_request_headers(["referer", "forwarded", "x-forwarded-for", "baggage"])
            .with_provider(capture.provider());
        let plain = Router::new().route("/", get(|| async { "handled" }));
        let traced = Router::new().route("/", get(handle)).layer(layer);
        let mut addresses = Vec::new();
        for app in [plain, traced] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            addresses.push(listener.local_addr().expect("an address"));
            let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
            tokio::spawn(async move { axum::serve(listener, app).await });
        }
        for seed in 0..rounds(20) {
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..TOGETHER {
                let mut request = b"GET / HTTP/1.1\r\nconnection: close\r\n".to_vec();
                for _ in 0..random.usize(1..8) {
                    let (name, value) = HEADERS[random.usize(0..HEADERS.len())];
                    request.extend([name.as_bytes(), b": ", &mutated(value, &mut random), b"\r\n"].concat());
                }
                request.extend(b"\r\n");
                let mut answers = Vec::new();
                for address in &addresses {
                    let mut stream = TcpStream::connect(address).await.expect("a connection");
                    stream.write_all(&request).await.expect("sent");
                    let mut answer = Vec::new();
                    // A request that is refused may be answered by a reset.
                    let _ = stream.read_to_end(&mut answer).await;
                    answers.push(String::from_utf8_lossy(answer.get(..15).unwrap_or_default()).into_owned());
                }
                assert_eq!(answers[0], answers[1], "seed {seed}: {:?}", String::from_utf8_lossy(&request));
            }
            let spans = capture.spans();
            let servers: Vec<_> = spans.iter().filter(|span| span.kind == SpanKind::Server).collect();
            let handled = spans.len() - servers.len();
            assert!(handled > 0, "seed {seed}");
            for span in servers {
                assert!(span.name.len() < 100, "seed {seed}: {span:?}");
                for attribute in &span.attributes {
                    assert!(attribute.value.as_str().len() <= 8 * 1024, "seed {seed}: {attribute:?}");
                }
            }
        }
        capture.ended(1, LONG).await;
    });
}
