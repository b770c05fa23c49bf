//! Whether metrics are exported, and where.

use std::time::Duration;

use http::HeaderMap;
use url::Url;

use super::{DEFAULT_ENDPOINT, Reader, masked, parse_endpoint};

/// Where metrics go, and how.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody exports them then"))]
pub(in crate::setup) struct MetricsSetting {
    pub(in crate::setup) endpoint: Url,
    pub(in crate::setup) is_over_http: bool,
    pub(in crate::setup) headers: HeaderMap,
    pub(in crate::setup) timeout: Duration,
}

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
        let default = if is_over_http { "http://localhost:4318" } else { DEFAULT_ENDPOINT };
        let mut endpoint =
            of_signal(Url::parse(default).expect("a constant that a test has parsed"), is_over_http);
        if let Some((name, value)) = self.for_signal("METRICS", "ENDPOINT") {
            match parse_endpoint(&name, &value, &mut self.warnings) {
                // The general one is for all signals, the one for metrics is the whole address.
                Ok(url) if name.contains("_METRICS_") => endpoint = url,
                Ok(url) => endpoint = of_signal(url, is_over_http),
                Err(why) => self.warn(&name, &masked(&value), &why, default),
            }
        }
        let (headers, timeout) = (self.headers("METRICS"), self.timeout("METRICS"));
        Some(MetricsSetting { endpoint, is_over_http, headers, timeout })
    }
}

impl MetricsSetting {
    /// With the endpoint that is said in the code.
    pub(in crate::setup) fn at(self, endpoint: Url) -> Self {
        Self { endpoint: of_signal(endpoint, self.is_over_http), ..self }
    }
}

/// The general address is for all signals.
fn of_signal(mut general: Url, is_over_http: bool) -> Url {
    if is_over_http {
        let path = format!("{}/v1/metrics", general.path().trim_end_matches('/'));
        general.set_path(&path);
    }
    general
}
