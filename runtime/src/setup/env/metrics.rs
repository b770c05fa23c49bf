//! Whether metrics are exported, and where.

use super::{DEFAULT_ENDPOINT, Reader};

/// Where metrics go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody exports them then"))]
pub(in crate::setup) struct MetricsSetting {
    pub(in crate::setup) endpoint: String,
    pub(in crate::setup) is_over_http: bool,
}

impl Reader<'_> {
    /// None, unless they are asked for: the specification would export them in any case. `endpoint` is the code's.
    pub(in crate::setup) fn metrics(&mut self) -> Option<MetricsSetting> {
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
        let own = |ending: &str| self.text(&format!("OTEL_EXPORTER_OTLP_METRICS_{ending}"));
        let general = |ending: &str| self.text(&format!("OTEL_EXPORTER_OTLP_{ending}"));
        let protocol = own("PROTOCOL").or_else(|| general("PROTOCOL"));
        let is_over_http =
            protocol.is_some_and(|protocol| protocol.to_ascii_lowercase().starts_with("http/"));
        let default = if is_over_http { "http://localhost:4318" } else { DEFAULT_ENDPOINT };
        let endpoint = own("ENDPOINT").unwrap_or_else(|| {
            let general = general("ENDPOINT").unwrap_or_else(|| default.to_owned());
            of_signal(&general, is_over_http)
        });
        Some(MetricsSetting { endpoint, is_over_http })
    }
}

impl MetricsSetting {
    /// With the endpoint that is said in the code.
    pub(in crate::setup) fn at(self, endpoint: &str) -> Self {
        Self { endpoint: of_signal(endpoint, self.is_over_http), ..self }
    }
}

/// The general address is for all signals.
fn of_signal(general: &str, is_over_http: bool) -> String {
    if is_over_http { format!("{}/v1/metrics", general.trim_end_matches('/')) } else { general.to_owned() }
}
