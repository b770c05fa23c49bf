//! What to do about what a connection says.

use crate::export::Protocol;

/// What is said, in small letters, and what a person can do.
const ANY: &[(&[&str], &str)] = &[
    // TLS says it itself.
    (&["otel_exporter_otlp_"], ""),
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
    (
        &["unauthenticated", "permissiondenied", "401 ", "403 "],
        "the collector wants a key, or another one: OTEL_EXPORTER_OTLP_HEADERS has it, as `name=value`",
    ),
    (&["network is unreachable", "no route to host"], "there is no way to that address from here"),
    (
        &["resourceexhausted", "429 ", "503 ", "unavailable"],
        "the collector is there, and busy: Spanwise keeps the spans and sends them again",
    ),
];

const GRPC: &[(&[&str], &str)] = &[
    (
        &["unimplemented"],
        "what answers speaks gRPC and takes no traces: is it the collector's OTLP receiver, with a pipeline for traces?",
    ),
    (
        &[
            "none of grpc's",
            "no grpc status",
            "http2 error",
            "h2 protocol error",
            "frame with invalid size",
            "connection reset",
            "broken pipe",
        ],
        "what answers does not speak OTLP/gRPC, whose port is 4317 as a rule; 4318 is for OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ),
];

#[cfg(feature = "otlp-http")]
const HTTP: &[(&[&str], &str)] = &[
    (
        &["404 ", "405 ", "page for people"],
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

/// What to do, where something is known.
pub(super) fn on(reason: &str, protocol: Protocol) -> Option<&'static str> {
    let reason = reason.to_lowercase();
    let of_protocol = match protocol {
        Protocol::Grpc => GRPC,
        #[cfg(feature = "otlp-http")]
        Protocol::Http => HTTP,
    };
    let mut all = ANY.iter().take(1).chain(of_protocol).chain(&ANY[1..]);
    let (_, advice) = all.find(|(words, _)| words.iter().any(|word| reason.contains(word)))?;
    (!advice.is_empty()).then_some(*advice)
}
