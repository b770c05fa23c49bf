//! [OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp), binary protobuf.

use std::future::Future;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Client, Response};

use super::tls::Teller;
use super::{Attempt, CONNECT_WITHIN, Compression, LARGEST_ANSWER, OtlpSettings, USER_AGENT};
use crate::diag;
use crate::otlp::Fields;

/// What no collector answers with.
const PAGE: &[u8] = b"text/html";

#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    url: url::Url,
    compression: Option<Compression>,
    timeout: Duration,
    teller: Teller,
}

impl Http {
    pub(super) fn new(settings: OtlpSettings, teller: Teller) -> Result<Self, reqwest::Error> {
        let mut headers = settings.headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if let Some(compression) = settings.compression {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(compression.name()));
        }
        let client = Client::builder()
            .default_headers(headers)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_WITHIN)
            .timeout(settings.timeout)
            // The headers hold keys, which are for one collector and no other.
            .redirect(reqwest::redirect::Policy::none());
        #[cfg(feature = "tls")]
        let client = settings.tls.http(client)?;
        Ok(Self {
            client: client.build()?,
            url: settings.endpoint,
            compression: settings.compression,
            timeout: settings.timeout,
            teller,
        })
    }

    pub(super) fn send(&self, bytes: Bytes) -> impl Future<Output = Attempt> + use<> {
        let body = match self.compression {
            Some(compression) => compression.of(&bytes),
            None => Ok(bytes),
        };
        let request = self.client.post(self.url.clone());
        let within = self.timeout;
        let teller = self.teller.clone();
        async move {
            let body = match body {
                Ok(body) => body,
                Err(error) => return Attempt::Rejected { reason: format!("cannot be compressed: {error}") },
            };
            match request.body(body).send().await {
                Ok(response) => {
                    teller.note_answer();
                    answered(response).await
                }
                Err(error) if error.is_timeout() => Attempt::again(format!("no answer within {within:?}")),
                // Its text holds the URL, with all that is secret in it.
                Err(error) => Attempt::again(teller.told(&error.without_url())),
            }
        }
    }
}

async fn answered(response: Response) -> Attempt {
    let status = response.status();
    let after = retry_after(response.headers(), SystemTime::now());
    let is_page = is_page(response.headers());
    let body = body(response).await;
    if status.is_success() && is_page {
        return Attempt::again(format!("{status} with a page for people: is this a collector's address?"));
    }
    if status.is_success() {
        return Attempt::taken(&body);
    }
    // A `google.rpc.Status`, whose second field is a message.
    let message = Fields(&body).find(|(number, _)| *number == 2).map(|(_, message)| message.text());
    let reason = match message {
        Some(message) if !message.is_empty() => format!("{status}: {}", diag::shown(message)),
        _ => status.to_string(),
    };
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Attempt::Again { reason, after },
        _ => Attempt::Rejected { reason },
    }
}

/// Whether it is not the collector that answers but another server, or something in between.
fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    kind.get(..PAGE.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(PAGE))
}

/// What of the answer fits. One that breaks off says as much as it could.
async fn body(mut response: Response) -> Bytes {
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Bytes::new();
        }
        body.extend_from_slice(&chunk);
    }
    body.freeze()
}

/// [Retry-After](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after): seconds, or a date.
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
    fn a_pause_is_given_in_seconds_or_by_a_date() {
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
