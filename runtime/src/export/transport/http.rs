//! [OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp), binary protobuf.

use std::future::Future;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::diag;
use crate::export::transport::compression::Compression;
use crate::export::transport::connection_error::ConnectionErrors;
use crate::export::transport::response::{ExportResponse, redirected, says_too_large};
use crate::export::transport::settings::{CONNECT_TIMEOUT, MAX_RESPONSE_BYTES, OtlpSettings, USER_AGENT};
use crate::otlp::Fields;
use crate::otlp::fields::rpc_status;

/// The content type of web pages, which no collector responds with.
const HTML: &[u8] = b"text/html";
/// How many redirects of a request are followed.
const MAX_REDIRECTS: usize = 3;

#[derive(Debug)]
pub(super) struct HttpClient {
    client: Client,
    url: url::Url,
    compression: Option<Compression>,
    timeout: Duration,
    errors: ConnectionErrors,
}

impl HttpClient {
    pub(super) fn new(settings: OtlpSettings, errors: ConnectionErrors) -> Result<Self, reqwest::Error> {
        let mut headers = settings.headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if let Some(compression) = settings.compression {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(compression.name()));
        }
        let client = Client::builder()
            .default_headers(headers)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout)
            .redirect(redirects_to_the_same_place());
        #[cfg(feature = "tls")]
        let client = settings.tls.http(client)?;
        Ok(Self {
            client: client.build()?,
            url: settings.endpoint,
            compression: settings.compression,
            timeout: settings.timeout,
            errors,
        })
    }

    pub(super) fn send(&self, bytes: Bytes) -> impl Future<Output = ExportResponse> + use<> {
        let body = match self.compression {
            Some(compression) => compression.compress(&bytes),
            None => Ok(bytes),
        };
        let request = self.client.post(self.url.clone());
        let timeout = self.timeout;
        let errors = self.errors.clone();
        async move {
            let body = match body {
                Ok(body) => body,
                Err(error) => {
                    return ExportResponse::Rejected {
                        reason: format!("the request cannot be compressed: {error}"),
                    };
                }
            };
            match request.body(body).send().await {
                Ok(response) => {
                    errors.note_response();
                    classify(response).await
                }
                Err(error) if error.is_timeout() => {
                    ExportResponse::Unanswered { reason: format!("no answer within {timeout:?}") }
                }
                // The URL may hold secrets.
                Err(error) => ExportResponse::Disconnected { reason: errors.explain(&error.without_url()) },
            }
        }
    }
}

/// The headers may hold keys, which must not go to another server. Other redirects than these would make it a GET.
fn redirects_to_the_same_place() -> Policy {
    Policy::custom(|attempt| {
        let is_repeated =
            matches!(attempt.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let is_same = attempt.previous().iter().all(|url| url.origin() == attempt.url().origin());
        let is_followed = is_repeated && is_same && attempt.previous().len() <= MAX_REDIRECTS;
        if is_followed { attempt.follow() } else { attempt.stop() }
    })
}

async fn classify(response: Response) -> ExportResponse {
    let status = response.status();
    let after = retry_after(response.headers(), SystemTime::now());
    let is_page = is_page(response.headers());
    let headers = response.headers().clone();
    let Some(body) = body(response).await else {
        return ExportResponse::refused(format!("the response is larger than {MAX_RESPONSE_BYTES} bytes"));
    };
    if status.is_success() && is_page {
        return ExportResponse::refused(format!(
            "the response is {status} with a web page; check that the endpoint is a collector"
        ));
    }
    if status.is_success() {
        return ExportResponse::accepted(&body);
    }
    if status.is_redirection() {
        return ExportResponse::refused(redirected(status, &headers));
    }
    // The body of an error is a `google.rpc.Status`.
    let message =
        Fields(&body).find(|(number, _)| *number == rpc_status::MESSAGE).map(|(_, message)| message.text());
    let reason = match message {
        Some(message) if !message.is_empty() => format!("{status}: {}", diag::escaped(message)),
        _ => status.to_string(),
    };
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ExportResponse::TooLarge { reason },
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => ExportResponse::Refused { reason, after },
        _ if says_too_large(&body) => ExportResponse::TooLarge { reason },
        _ => ExportResponse::Rejected { reason },
    }
}

/// Whether the response is a web page, from another server or a proxy.
fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    kind.get(..HTML.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(HTML))
}

/// The body as far as it was received; `None` if it is too large.
async fn body(mut response: Response) -> Option<Bytes> {
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.freeze())
}

/// [Retry-After](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after): seconds or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let pause = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().expect("a value"));
            retry_after(&headers, now)
        };
        assert_eq!(pause("120"), Some(Duration::from_secs(120)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(pause("Sat, 06 Nov 1993 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(pause("soon"), None);
        assert_eq!(pause("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
