//! What to do about a failed connection.

use crate::export::transport::settings::Protocol;

/// Parts of an error message, in lower case, and the advice for it. Empty advice: the message already has one.
type Advice = (&'static [&'static str], &'static str);

const FIRST: &[Advice] = &[
    // A TLS error names the variable itself.
    (&["otel_exporter_otlp_"], ""),
    (
        &["unauthenticated", "permissiondenied", "401 ", "403 "],
        "the collector needs a key, or rejects the one it got: set it in OTEL_EXPORTER_OTLP_HEADERS, as `name=value`",
    ),
    (
        &["no native certs"],
        "this system has no certificate authorities: install them (`ca-certificates`), or set OTEL_EXPORTER_OTLP_CERTIFICATE to \
         a file that contains them",
    ),
];

/// For errors after which spans are sent again.
const RETRYABLE: &[Advice] = &[(
    &["resourceexhausted", "429 ", "503 ", "unavailable"],
    "the collector is running but busy: Spanwise keeps the spans and sends them again",
)];

/// For errors after which spans are lost.
const PERMANENT: &[Advice] = &[(
    &["resourceexhausted", "413 "],
    "the collector refuses the request for good: it is too large, or a quota is used up; the collector's log says which",
)];

const GRPC: &[Advice] = &[
    (
        &["unimplemented"],
        "the server speaks gRPC but does not accept traces: is it the collector's OTLP receiver, with a pipeline for traces?",
    ),
    (
        &[
            "no grpc status",
            "http2 error",
            "http/2 was not negotiated",
            "h2 protocol error",
            "frame with invalid size",
            "connection reset",
            "broken pipe",
        ],
        "the server does not speak OTLP/gRPC, whose usual port is 4317; port 4318 needs OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf; if the \
         server wants TLS, the address needs `https://`",
    ),
];

#[cfg(feature = "otlp-http")]
const HTTP: &[Advice] = &[
    (
        &["http request to an https server", "plain http request was sent to https port"],
        "the server wants TLS: the address needs `https://`",
    ),
    (
        &["404 ", "405 ", "with a web page"],
        "the server does not accept traces at this path: OTEL_EXPORTER_OTLP_ENDPOINT must not end in `/v1/traces`, and \
         OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be the whole address",
    ),
    (
        &[
            "invalid http version",
            "unexpected message",
            "connection closed",
            "connection reset",
            "broken pipe",
        ],
        "the server does not speak HTTP/1.1: the usual port of OTLP/HTTP is 4318, and that of OTLP/gRPC 4317; if the server wants TLS, \
         the address needs `https://`",
    ),
];

const LAST: &[Advice] = &[
    (
        &["connection refused"],
        "nothing listens at this address: is the collector running, and is this the port of its OTLP receiver (4317 for gRPC, \
         4318 for HTTP)? In a container, `localhost` is the container itself",
    ),
    (
        &["dns error", "failed to lookup", "name or service not known", "nodename nor servname"],
        "this host name cannot be resolved: is it spelled correctly, and is this process in the network that knows it?",
    ),
    (
        &["no answer within", "timeout expired", "timed out", "deadline has elapsed", "deadlineexceeded"],
        "no response arrives in time: a firewall or a network policy may drop it, or the collector is overloaded; \
         OTEL_EXPORTER_OTLP_TIMEOUT sets how long to wait",
    ),
    (&["network is unreachable", "no route to host"], "this host has no route to the address"),
];

/// The advice on an error message, if there is any.
pub(crate) fn on(message: &str, protocol: Protocol, is_retryable: bool) -> Option<&'static str> {
    let message = message.to_lowercase();
    let of_protocol = match protocol {
        Protocol::Grpc => GRPC,
        #[cfg(feature = "otlp-http")]
        Protocol::Http => HTTP,
    };
    let of_kind = if is_retryable { RETRYABLE } else { PERMANENT };
    let mut all = FIRST.iter().chain(of_kind).chain(of_protocol).chain(LAST);
    let (_, advice) = all.find(|(parts, _)| parts.iter().any(|part| message.contains(part)))?;
    (!advice.is_empty()).then_some(*advice)
}
