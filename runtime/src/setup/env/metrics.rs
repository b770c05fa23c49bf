//! Whether metrics are exported, and where.

use std::time::Duration;

use http::HeaderMap;
use url::Url;

use super::endpoint::{DEFAULT_ENDPOINT, DEFAULT_HTTP_ENDPOINT, masked, of_signal, parse_endpoint};
use super::{CertificateSetting, Reader};

/// Where metrics go, and how.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody exports them then"))]
pub(in crate::setup) struct MetricsSetting {
    pub(in crate::setup) endpoint: Url,
    pub(in crate::setup) is_over_http: bool,
    pub(in crate::setup) headers: HeaderMap,
    pub(in crate::setup) timeout: Duration,
    pub(in crate::setup) certificates: CertificateSetting,
}

/// What its paths are called.
const SIGNAL: &str = "metrics";

impl Reader<'_> {
    /// None, unless they are asked for: the specification would export them in any case.
    pub(super) fn metrics(&mut self) -> Option<MetricsSetting> {
        const NAME: &str = "OTEL_METRICS_EXPORTER";
        let value = self.text(NAME)?;
        match value.to_ascii_lowercase().as_str() {
            "otlp" => {}
            "none" => return None,
            _ => {
                self.warn(NAME, &value, "is none of otlp, none", "none");
                return None;
            }
        }
        let protocol =
            self.for_signal("METRICS", "PROTOCOL").map(|(_, protocol)| protocol.to_ascii_lowercase());
        let is_over_http = protocol.is_some_and(|protocol| protocol.starts_with("http/"));
        let default = if is_over_http { DEFAULT_HTTP_ENDPOINT } else { DEFAULT_ENDPOINT };
        let mut endpoint =
            of_signal(Url::parse(default).expect("a constant that a test has parsed"), is_over_http, SIGNAL);
        if let Some((name, value)) = self.for_signal("METRICS", "ENDPOINT") {
            match parse_endpoint(&name, &value, &mut self.warnings) {
                // The general one is for all signals, the one for metrics is the whole address.
                Ok(url) if name.contains("_METRICS_") => endpoint = url,
                Ok(url) => endpoint = of_signal(url, is_over_http, SIGNAL),
                Err(why) => self.warn(&name, &masked(&value), &why, default),
            }
        }
        Some(MetricsSetting {
            endpoint,
            is_over_http,
            headers: self.headers("METRICS"),
            timeout: self.timeout("METRICS"),
            certificates: self.certificates("METRICS"),
        })
    }
}

impl MetricsSetting {
    /// With the endpoint that is said in the code.
    pub(in crate::setup) fn at(self, endpoint: Url) -> Self {
        Self { endpoint: of_signal(endpoint, self.is_over_http, SIGNAL), ..self }
    }
}
