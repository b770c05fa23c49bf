//! A server that is no tower service records through `ServerLayer::start`.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use http::{HeaderMap, Request, Response, request, response};
use spanwise::server::{PeerAddress, ServerRequest};
use spanwise::testing::Capture;
use spanwise::{ServerLayer, instrument};
use spanwise_tests::{LONG, block_on};

use crate::steady;

type Handler = fn(&request::Parts) -> Result<Response<&'static [u8]>, io::Error>;

#[instrument]
fn handle(head: &request::Parts) -> Result<Response<&'static [u8]>, io::Error> {
    match head.uri.path() {
        "/panic" => panic!("on purpose"),
        "/broken" => Err(io::Error::other("broken")),
        "/missing" => Ok(response(404, b"no")),
        "/down" => Ok(response(503, b"no")),
        _ => Ok(response(200, b"an order")),
    }
}

fn response(status: u16, body: &'static [u8]) -> Response<&'static [u8]> {
    Response::builder().status(status).header("x-kind", "by hand").body(body).expect("a response")
}

/// Reads a request without a body.
fn read(stream: &TcpStream) -> request::Parts {
    let mut lines = io::BufReader::new(stream).lines().map_while(Result::ok);
    let line = lines.next().expect("a request line");
    let mut words = line.split(' ');
    let mut request = Request::builder()
        .method(words.next().expect("a method"))
        .uri(words.next().expect("a path"))
        .extension(PeerAddress(stream.peer_addr().expect("an address")));
    for (name, value) in lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())))
    {
        request = request.header(name, value);
    }
    request.body(()).expect("a request").into_parts().0
}

fn write_head(mut stream: &TcpStream, head: &response::Parts) -> io::Result<()> {
    write!(stream, "HTTP/1.1 {}\r\nconnection: close\r\n\r\n", head.status)
}

/// Answers one request, and stops in the middle of the body if the path says so.
fn answer(layer: &ServerLayer, mut stream: &TcpStream, handler: Handler) -> io::Result<()> {
    let head = read(stream);
    let mut recorded: ServerRequest = layer.start(&head);
    let response = match recorded.run(|| handler(&head)) {
        Ok(response) => response,
        Err(_) => {
            recorded.fail::<io::Error>();
            return Ok(());
        }
    };
    let (response_head, body) = response.into_parts();
    recorded.response(&response_head);
    write_head(stream, &response_head)?;
    for piece in body.chunks(2) {
        stream.write_all(piece)?;
        recorded.body_sent(piece.len() as u64);
        if head.uri.path() == "/left" {
            return Ok(());
        }
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "5".parse().expect("a value"));
    recorded.end(Some(&trailers));
    Ok(())
}

/// Sends one request, and returns the response and the tree.
fn exchange(layer: ServerLayer, request: &str, spans: usize) -> (String, String) {
    block_on(async {
        let capture = Capture::new();
        let layer = layer.with_provider(capture.provider()).record_body_sizes(true);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address: SocketAddr = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            answer(&layer, &stream, handle)
        });
        let mut client = TcpStream::connect(address).expect("a connection");
        client.write_all(request.as_bytes()).expect("it is sent");
        let mut response = String::new();
        client.read_to_string(&mut response).expect("a response");
        // A panic of the handler is the server's.
        if let Ok(served) = server.join() {
            served.expect("the connection stays open");
        }
        capture.ended(spans, LONG).await;
        (response, steady(capture.tree()))
    })
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n")
}

#[test]
fn a_server_written_by_hand_records_what_the_layer_does() {
    let layer = ServerLayer::new()
        .route(|request| Some(request.uri.path().to_owned()))
        .record_response_headers(["x-kind"])
        .on_response(|span, response| span.set_attribute("seen", response.status.as_u16()));
    let (response, tree) = exchange(layer, &get("/orders"), 2);
    assert!(response.ends_with("an order"), "{response}");
    assert_eq!(
        tree,
        "GET /orders [server] http.request.method=\"GET\" url.path=\"/orders\" http.route=\"/orders\" \
         http.response.header.x-kind=[\"by hand\"] http.response.status_code=200 seen=200 http.response.body.size=8\n  \
         handle\n"
    );
}

#[test]
fn a_server_written_by_hand_continues_the_caller_s_trace() {
    let request = "GET / HTTP/1.1\r\nhost: shop\r\n\
                   traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n";
    block_on(async {
        let capture = Capture::new();
        let layer = ServerLayer::new().with_provider(capture.provider());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut client =
            TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        client.write_all(request.as_bytes()).expect("it is sent");
        let (stream, peer) = listener.accept().expect("a connection");
        answer(&layer, &stream, handle).expect("it is sent");
        capture.ended(2, LONG).await;
        let spans = capture.spans();
        let server = spans.last().expect("a span");
        assert_eq!(server.context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(server.parent_span_id.to_string(), "00f067aa0ba902b7");
        let address = server.attribute("network.peer.address").map(ToString::to_string);
        assert_eq!(address, Some(peer.ip().to_string()));
    });
}

#[test]
fn failures_of_a_server_written_by_hand_are_those_of_the_layer() {
    let tree = |path| exchange(ServerLayer::new(), &get(path), 2).1;
    let server = |path: &str, rest: &str| {
        format!("GET [server] http.request.method=\"GET\" url.path=\"{path}\"{rest}\n  handle")
    };
    let missing = tree("/missing");
    assert_eq!(
        missing,
        server("/missing", " http.response.status_code=404 http.response.body.size=2") + "\n"
    );
    let down = tree("/down");
    assert!(down.contains("http.response.status_code=503") && down.contains("error.type=\"503\""), "{down}");
    let broken = tree("/broken");
    assert!(broken.contains("error.type=\"std::io::error::Error\""), "{broken}");
    assert!(!broken.contains("body.size"), "{broken}");
    let panicked = tree("/panic");
    assert!(panicked.contains("http.response.status_code=500"), "{panicked}");
    assert!(panicked.contains("error.type=\"panic\""), "{panicked}");
    let left = tree("/left");
    assert!(left.contains("http.response.body.size=2") && left.contains("spanwise.cancelled=true"), "{left}");
}

#[test]
fn grpc_of_a_server_written_by_hand_has_its_status() {
    let request = "POST /by.Hand/Call HTTP/1.1\r\nhost: shop\r\ncontent-type: application/grpc\r\n\r\n";
    let (_, tree) = exchange(ServerLayer::new(), request, 2);
    assert!(tree.starts_with("grpc [server] rpc.system.name=\"grpc\" rpc.method=\"_OTHER\""), "{tree}");
    assert!(tree.contains("rpc.status_code=\"NOT_FOUND\""), "{tree}");
}

#[test]
fn a_filter_leaves_out_requests_of_a_server_written_by_hand() {
    let layer = ServerLayer::new().filter(|request| request.uri.path() != "/health");
    let (response, tree) = exchange(layer, &get("/health"), 0);
    assert!(response.ends_with("an order"), "{response}");
    assert_eq!(tree, "");
}
