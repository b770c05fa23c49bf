//! Whether metrics are exported, and where.

use std::time::Duration;

use http::HeaderMap;
use url::Url;

use super::endpoint::{DEFAULT_ENDPOINT, DEFAULT_HTTP_ENDPOINT, Endpoint, masked, parse_endpoint};
use super::{CertificateSetting, Reader};
use crate::export::Protocol;

/// Where metrics go, and how.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody exports them then"))]
pub(in crate::setup) struct MetricsSetting {
    pub(in crate::setup) endpoint: Endpoint,
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
        let is_over_http = match self.for_signal("METRICS", "PROTOCOL") {
            None => false,
            Some((name, protocol)) => match protocol.to_ascii_lowercase().as_str() {
                "grpc" => false,
                "http/protobuf" | "http/json" => true,
                // The general one is told by the traces.
                _ => {
                    if name.contains("_METRICS_") {
                        self.warn(&name, &protocol, "is no protocol of OTLP (grpc, http/protobuf)", "grpc");
                    }
                    false
                }
            },
        };
        let default = if is_over_http { DEFAULT_HTTP_ENDPOINT } else { DEFAULT_ENDPOINT };
        let mut endpoint = Endpoint::Default;
        if let Some((name, value)) = self.for_signal("METRICS", "ENDPOINT") {
            let value = if is_over_http { value } else { self.with_scheme("METRICS", value) };
            match parse_endpoint(&name, &value, &mut self.warnings) {
                // The general one is for all signals, the one for metrics is the whole address.
                Ok(url) if name.contains("_METRICS_") => endpoint = Endpoint::Whole(url),
                Ok(url) => endpoint = Endpoint::General(url),
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
    pub(in crate::setup) fn at(&mut self, endpoint: Url) {
        self.endpoint = Endpoint::General(endpoint);
    }

    /// By the protocol that is said in the code.
    pub(in crate::setup) fn speak(&mut self, protocol: Protocol) {
        self.is_over_http = protocol != Protocol::Grpc;
    }

    /// Where they go.
    pub(in crate::setup) fn url(&self) -> Url {
        self.endpoint.of(self.is_over_http, SIGNAL)
    }
}
