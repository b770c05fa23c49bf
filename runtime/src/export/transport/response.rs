//! The result of a request, as [OTLP](https://opentelemetry.io/docs/specs/otlp/#failures) classifies it.

use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderMap, StatusCode};

use crate::diag;
use crate::otlp::fields::{any, duration, export_response, partial_success, retry_info, rpc_status};
use crate::otlp::{Field, Fields};

/// The result of a request.
#[derive(Debug, PartialEq)]
pub(in crate::export) enum ExportResponse {
    /// The collector accepted the batch, except for some rejected spans.
    Accepted { rejected: u64, message: String },
    /// The collector refuses the batch, which can be sent again, after a pause if the collector asks for one.
    Refused { reason: String, after: Option<Duration> },
    /// The connection was lost before the response. A healthy collector closes connections now and then, so the first time it is
    /// sent again at once.
    Disconnected { reason: String },
    /// There was no response. The batch can be sent again.
    Unanswered { reason: String },
    /// The batch is larger than the collector accepts. Its parts can be sent.
    TooLarge { reason: String },
    /// The collector will never accept the batch.
    Rejected { reason: String },
}

/// How collectors and proxies say that a request is too large. Some of them do not use a status of its own for that.
const TOO_LARGE: [&str; 7] = [
    // grpc-go, grpc-java, .NET, Node and C++
    "larger than max",
    "exceeds maximum size",
    "exceeds the maximum",
    // tonic
    "length too large",
    // The OpenTelemetry Collector over HTTP, nginx, Envoy
    "body too large",
    "entity too large",
    "payload too large",
];

/// Whether the text of an error says that the request is too large.
pub(super) fn says_too_large(text: &[u8]) -> bool {
    const MAX_BYTES: usize = 4096;
    let text = String::from_utf8_lossy(&text[..text.len().min(MAX_BYTES)]).to_lowercase();
    TOO_LARGE.iter().any(|words| text.contains(words))
}

/// Why a redirect is not followed. The place may hold secrets behind its path.
pub(super) fn redirected(status: StatusCode, headers: &HeaderMap) -> String {
    let to = headers.get(LOCATION).map_or("", |to| to.to_str().unwrap_or_default());
    let to = to.split(['?', '#']).next().unwrap_or_default();
    let to = match to.split_once("//").and_then(|(_, rest)| rest.split_once('@')) {
        Some((_, to)) => to,
        None => to,
    };
    format!(
        "the response is {status}, which redirects to {:?}; set the endpoint to where the collector is",
        diag::escaped(to)
    )
}

impl ExportResponse {
    /// Without these texts, which a collector may quote.
    pub(super) fn without(mut self, secrets: &[String]) -> Self {
        let (Self::Accepted { message: text, .. }
        | Self::Refused { reason: text, .. }
        | Self::Disconnected { reason: text }
        | Self::Unanswered { reason: text }
        | Self::TooLarge { reason: text }
        | Self::Rejected { reason: text }) = &mut self;
        for secret in secrets {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), "****");
            }
        }
        self
    }

    /// The response does not come from a collector.
    pub(super) fn refused(reason: String) -> Self {
        Self::Refused { reason, after: None }
    }

    /// Decodes an `ExportTraceServiceResponse`. One that cannot be decoded counts as accepted: the batch has arrived, and must not be
    /// sent twice.
    pub(super) fn accepted(encoded: &[u8]) -> Self {
        let (mut rejected, mut message) = (0, "");
        for (_, partial) in Fields(encoded).filter(|(number, _)| *number == export_response::PARTIAL_SUCCESS)
        {
            for field in Fields(partial.bytes()) {
                match field {
                    (partial_success::REJECTED_SPANS, Field::Number(spans)) => {
                        rejected = u64::try_from(spans.cast_signed()).unwrap_or_default();
                    }
                    (partial_success::ERROR_MESSAGE, text) => message = text.text(),
                    _ => {}
                }
            }
        }
        Self::Accepted { rejected, message: diag::escaped(message) }
    }
}

/// The delay of the `google.rpc.RetryInfo` in a `google.rpc.Status`, by which a collector asks for a retry.
pub(super) fn retry_delay(status: &[u8]) -> Option<Duration> {
    let details = Fields(status).filter(|(number, _)| *number == rpc_status::DETAILS);
    details.filter_map(|(_, detail)| delay_of_retry_info(detail.bytes())).next()
}

fn delay_of_retry_info(detail: &[u8]) -> Option<Duration> {
    let (mut type_url, mut value) = ("", &[][..]);
    for (number, field) in Fields(detail) {
        match number {
            any::TYPE_URL => type_url = field.text(),
            any::VALUE => value = field.bytes(),
            _ => {}
        }
    }
    if type_url.rsplit('/').next() != Some("google.rpc.RetryInfo") {
        return None;
    }
    let (mut seconds, mut nanos) = (0, 0);
    for (_, delay) in Fields(value).filter(|(number, _)| *number == retry_info::RETRY_DELAY) {
        for (number, field) in Fields(delay.bytes()) {
            match number {
                duration::SECONDS => {
                    seconds = u64::try_from(field.number().cast_signed()).unwrap_or_default()
                }
                duration::NANOS => nanos = u32::try_from(field.number()).unwrap_or_default(),
                _ => {}
            }
        }
    }
    Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanos.into()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::otlp::{put_bytes, put_number};

    /// A `google.rpc.Status` with a `RetryInfo` of this many milliseconds.
    pub(in crate::export::transport) fn status_with_retry_info(millis: u64) -> Vec<u8> {
        let (mut delay, mut info, mut detail, mut status) = (vec![], vec![], vec![], vec![]);
        put_number(&mut delay, duration::SECONDS, millis / 1000);
        put_number(&mut delay, duration::NANOS, millis % 1000 * 1_000_000);
        put_bytes(&mut info, retry_info::RETRY_DELAY, &delay);
        put_bytes(&mut detail, any::TYPE_URL, b"type.googleapis.com/google.rpc.RetryInfo");
        put_bytes(&mut detail, any::VALUE, &info);
        put_number(&mut status, rpc_status::CODE, 8);
        put_bytes(&mut status, rpc_status::MESSAGE, b"busy");
        put_bytes(&mut status, rpc_status::DETAILS, b"not an Any");
        put_bytes(&mut status, rpc_status::DETAILS, &detail);
        status
    }

    #[test]
    fn the_retry_delay_is_decoded() {
        assert_eq!(retry_delay(&status_with_retry_info(1_500)), Some(Duration::from_millis(1_500)));
        assert_eq!(retry_delay(&status_with_retry_info(0)), Some(Duration::ZERO));
        assert_eq!(retry_delay(b"type.googleapis.com/google.rpc.RetryInfo"), None);
        assert_eq!(retry_delay(&[]), None);
    }

    #[test]
    fn a_key_that_the_collector_quotes_is_not_shown() {
        let secrets = ["Bearer s3cret".to_owned(), "s3cret".to_owned()];
        let shown =
            |reason: &str| match (ExportResponse::Rejected { reason: reason.to_owned() }).without(&secrets) {
                ExportResponse::Rejected { reason } => reason,
                other => panic!("{other:?}"),
            };
        assert_eq!(shown("401: no such key: Bearer s3cret (s3cret)"), "401: no such key: **** (****)");
        assert_eq!(shown("500"), "500");
    }

    #[test]
    fn a_response_is_decoded_as_far_as_possible() {
        let accepted =
            |rejected, message: &str| ExportResponse::Accepted { rejected, message: message.to_owned() };
        assert_eq!(ExportResponse::accepted(&[]), accepted(0, ""));
        assert_eq!(ExportResponse::accepted(b"nonsense"), accepted(0, ""));
        let (mut partial, mut encoded) = (vec![], vec![]);
        put_number(&mut partial, partial_success::REJECTED_SPANS, 3);
        put_bytes(&mut partial, partial_success::ERROR_MESSAGE, b"too\nold");
        put_bytes(&mut encoded, export_response::PARTIAL_SUCCESS, &partial);
        assert_eq!(ExportResponse::accepted(&encoded), accepted(3, "too\\nold"));
        let mut negative = vec![];
        put_number(&mut negative, partial_success::REJECTED_SPANS, u64::MAX);
        let mut encoded = vec![];
        put_bytes(&mut encoded, export_response::PARTIAL_SUCCESS, &negative);
        assert_eq!(ExportResponse::accepted(&encoded), accepted(0, ""));
    }
}
