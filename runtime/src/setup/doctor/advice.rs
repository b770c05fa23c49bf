//! What to do about what a connection says.

use crate::export::Protocol;

/// What is said, in small letters, and what a person can do.
type Row = (&'static [&'static str], &'static str);

const FIRST: &[Row] = &[
    // TLS says it itself.
    (&["otel_exporter_otlp_"], ""),
    (
        &["unauthenticated", "permissiondenied", "401 ", "403 "],
        "the collector wants a key, or another one: OTEL_EXPORTER_OTLP_HEADERS has it, as `name=value`",
    ),
    (
        &["no native certs"],
        "this system has no certificate authorities: install them (`ca-certificates`), or name a file of them by \
         OTEL_EXPORTER_OTLP_CERTIFICATE",
    ),
];

/// Of what may be sent again.
const AGAIN: &[Row] = &[(
    &["resourceexhausted", "429 ", "503 ", "unavailable"],
    "the collector is there, and busy: Spanwise keeps the spans and sends them again",
)];

/// Of what may not.
const REFUSED: &[Row] = &[(
    &["resourceexhausted", "413 "],
    "the collector refuses it for good: it is too large for it, or a quota is used up; its own log says which",
)];

const GRPC: &[Row] = &[
    (
        &["unimplemented"],
        "what answers speaks gRPC and takes no traces: is it the collector's OTLP receiver, with a pipeline for traces?",
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
        "what answers does not speak OTLP/gRPC, whose port is 4317 as a rule; 4318 is for OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ),
];

#[cfg(feature = "otlp-http")]
const HTTP: &[Row] = &[
    (
        &["404 ", "405 ", "with a web page"],
        "what answers takes no traces at this path: OTEL_EXPORTER_OTLP_ENDPOINT is without `/v1/traces`, and \
         OTEL_EXPORTER_OTLP_TRACES_ENDPOINT the whole address",
    ),
    (
        &[
            "invalid http version",
            "unexpected message",
            "connection closed",
            "connection reset",
            "broken pipe",
        ],
        "what answers does not speak HTTP/1.1: 4318 is the port of OTLP over HTTP as a rule, and 4317 that of gRPC",
    ),
];

const LAST: &[Row] = &[
    (
        &["connection refused"],
        "nothing listens there: is the collector running, and is this the port of its OTLP receiver (4317 for gRPC, 4318 for \
         HTTP)? In a container, `localhost` is the container itself",
    ),
    (
        &["dns error", "failed to lookup", "name or service not known", "nodename nor servname"],
        "that name is not known here: is it spelled right, and is this process in the network that knows it?",
    ),
    (
        &["no answer within", "timeout expired", "timed out", "deadline has elapsed", "deadlineexceeded"],
        "nothing comes back in time: something in between swallows it (a firewall, a policy of the network), or the collector is \
         overloaded; OTEL_EXPORTER_OTLP_TIMEOUT is how long it is waited",
    ),
    (&["network is unreachable", "no route to host"], "there is no way to that address from here"),
];

/// What to do, where something is known.
pub(super) fn on(reason: &str, protocol: Protocol, is_again: bool) -> Option<&'static str> {
    let reason = reason.to_lowercase();
    let of_protocol = match protocol {
        Protocol::Grpc => GRPC,
        #[cfg(feature = "otlp-http")]
        Protocol::Http => HTTP,
    };
    let of_kind = if is_again { AGAIN } else { REFUSED };
    let mut all = FIRST.iter().chain(of_kind).chain(of_protocol).chain(LAST);
    let (_, advice) = all.find(|(words, _)| words.iter().any(|word| reason.contains(word)))?;
    (!advice.is_empty()).then_some(*advice)
}
