//! The `OTEL_*` variables, read by the
//! [specification's rules](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
//! empty is unset, a variable for traces comes before the general one, and a wrong value is told and
//! replaced by the default; nothing here can fail.
//!
//! A pure function of a lookup, so that tests need not touch the process's environment.

use std::str::FromStr;
use std::time::Duration;

use opentelemetry_sdk::trace::{Sampler, ShouldSample, SpanLimits};
use percent_encoding::percent_decode_str;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use url::Url;

use crate::diag::shown;
use crate::export::{OtlpSettings, QueueSettings};

/// Where a collector is unless something else is said.
pub(super) const DEFAULT_ENDPOINT: &str = "http://localhost:4317";

/// How long a request may take unless something else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time that anything waits, so that sums of times stay times.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What the environment says.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) disabled: bool,
    pub(super) service_name: Option<String>,
    pub(super) resource: Vec<(String, String)>,
    pub(super) sampler: SamplerSetting,
    pub(super) exporter: ExporterSetting,
    pub(super) otlp: OtlpSettings,
    pub(super) queue: QueueSetting,
    pub(super) limits: SpanLimits,
    /// What was wrong, each a sentence for a person.
    pub(super) warnings: Vec<String>,
}

/// The queue, before it is known what is exported to.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueSetting {
    pub(super) capacity: usize,
    pub(super) batch: usize,
    pub(super) delay: Option<Duration>,
}

impl QueueSetting {
    pub(super) fn for_exporter(self, exporter: ExporterSetting) -> QueueSettings {
        // In a terminal a person waits for the trace.
        let unset = if exporter == ExporterSetting::Console { 100 } else { 5_000 };
        QueueSettings {
            capacity: self.capacity,
            batch: self.batch,
            delay: self.delay.unwrap_or(Duration::from_millis(unset)),
        }
    }
}

/// Which exporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExporterSetting {
    Otlp,
    Console,
    None,
}

/// Which sampler.
#[derive(Debug)]
pub(super) struct SamplerSetting {
    pub(super) sampler: Box<dyn ShouldSample>,
    pub(super) follows_parent: bool,
}

impl SamplerSetting {
    pub(super) fn parent_based(root: Sampler) -> Self {
        Self { sampler: Box::new(Sampler::parent_based(root)), follows_parent: true }
    }

    fn plain(sampler: Sampler) -> Self {
        Self { sampler: Box::new(sampler), follows_parent: false }
    }
}

/// Reads everything.
pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Settings {
    let mut reader = Reader { lookup, warnings: Vec::new() };
    let disabled = reader.boolean("OTEL_SDK_DISABLED");
    let service_name = reader.text("OTEL_SERVICE_NAME");
    let resource = reader.resource();
    let sampler = reader.sampler();
    let exporter = reader.exporter();
    let otlp = reader.otlp();
    let queue = reader.queue();
    let limits = reader.limits();
    Settings {
        disabled,
        service_name,
        resource,
        sampler,
        exporter,
        otlp,
        queue,
        limits,
        warnings: reader.warnings,
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn warn(&mut self, name: &str, value: &str, why: &str, instead: &str) {
        self.warnings.push(format!("{name}={:?} {why}; {instead} is used instead", shown(value)));
    }

    /// A variable for traces, or the general one; the name of the one that is set comes with it.
    fn for_traces(&self, ending: &str) -> Option<(String, String)> {
        ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"].into_iter().find_map(|start| {
            let name = format!("{start}{ending}");
            let value = self.text(&name)?;
            Some((name, value))
        })
    }

    fn boolean(&mut self, name: &str) -> bool {
        let Some(value) = self.text(name) else { return false };
        if value.eq_ignore_ascii_case("true") {
            return true;
        }
        if !value.eq_ignore_ascii_case("false") {
            self.warn(name, &value, "is neither `true` nor `false`", "`false`");
        }
        false
    }

    fn number<T: FromStr + Copy + std::fmt::Display + PartialOrd>(
        &mut self,
        name: &str,
        least: T,
        default: T,
    ) -> T {
        let Some(value) = self.text(name) else { return default };
        match value.parse() {
            Ok(number) if number >= least => number,
            _ => {
                self.warn(name, &value, &format!("is no whole number from {least} up"), &default.to_string());
                default
            }
        }
    }

    /// `key=value,key=value`, values percent-encoded.
    fn resource(&mut self) -> Vec<(String, String)> {
        const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
        let Some(value) = self.text(NAME) else { return Vec::new() };
        match pairs(&value) {
            Some(pairs) => pairs,
            None => {
                // The specification discards the whole of it.
                self.warn(
                    NAME,
                    &value,
                    "is no list of `key=value`, separated by commas",
                    "no attribute of it",
                );
                Vec::new()
            }
        }
    }

    fn sampler(&mut self) -> SamplerSetting {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        let Some(value) = self.text(NAME) else { return SamplerSetting::parent_based(Sampler::AlwaysOn) };
        match value.to_ascii_lowercase().as_str() {
            "always_on" => SamplerSetting::plain(Sampler::AlwaysOn),
            "always_off" => SamplerSetting::plain(Sampler::AlwaysOff),
            "traceidratio" => SamplerSetting::plain(Sampler::TraceIdRatioBased(self.ratio())),
            "parentbased_always_on" => SamplerSetting::parent_based(Sampler::AlwaysOn),
            "parentbased_always_off" => SamplerSetting::parent_based(Sampler::AlwaysOff),
            "parentbased_traceidratio" => {
                SamplerSetting::parent_based(Sampler::TraceIdRatioBased(self.ratio()))
            }
            _ => {
                self.warn(
                    NAME,
                    &value,
                    "is none of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, \
                     parentbased_traceidratio",
                    "parentbased_always_on",
                );
                SamplerSetting::parent_based(Sampler::AlwaysOn)
            }
        }
    }

    fn ratio(&mut self) -> f64 {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(value) = self.text(NAME) else { return 1.0 };
        match value.parse::<f64>() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
            _ => {
                self.warn(NAME, &value, "is no number from 0 to 1", "1.0");
                1.0
            }
        }
    }

    fn exporter(&mut self) -> ExporterSetting {
        const NAME: &str = "OTEL_TRACES_EXPORTER";
        let by_endpoint = match self.for_traces("ENDPOINT") {
            Some(_) => ExporterSetting::Otlp,
            None => ExporterSetting::Console,
        };
        let Some(value) = self.text(NAME) else { return by_endpoint };
        match value.to_ascii_lowercase().as_str() {
            "otlp" => ExporterSetting::Otlp,
            "console" => ExporterSetting::Console,
            "none" => ExporterSetting::None,
            _ => {
                let instead = if by_endpoint == ExporterSetting::Otlp { "otlp" } else { "console" };
                self.warn(NAME, &value, "is none of otlp, console, none", instead);
                by_endpoint
            }
        }
    }

    fn otlp(&mut self) -> OtlpSettings {
        self.protocol();
        let endpoint = match self.for_traces("ENDPOINT") {
            Some((name, value)) => self.endpoint(&name, &value),
            None => default_endpoint(),
        };
        OtlpSettings {
            endpoint,
            metadata: self.metadata(),
            timeout: match self.for_traces("TIMEOUT") {
                Some((name, _)) => self.duration(&name, TIMEOUT),
                None => TIMEOUT,
            },
            gzip: self.gzip(),
        }
    }

    fn endpoint(&mut self, name: &str, value: &str) -> Url {
        match parse_endpoint(name, value, &mut self.warnings) {
            Ok(url) => url,
            Err(why) => {
                self.warn(name, &masked(value), &why, DEFAULT_ENDPOINT);
                default_endpoint()
            }
        }
    }

    fn protocol(&mut self) {
        let Some((name, value)) = self.for_traces("PROTOCOL") else { return };
        match value.to_ascii_lowercase().as_str() {
            "grpc" => {}
            "http/protobuf" | "http/json" => {
                self.warn(
                    &name,
                    &value,
                    "is not supported yet: point the endpoint at the collector's gRPC port, 4317 as a rule",
                    "grpc",
                );
            }
            _ => self.warn(&name, &value, "is no protocol of OTLP (grpc, http/protobuf, http/json)", "grpc"),
        }
    }

    fn gzip(&mut self) -> bool {
        let Some((name, value)) = self.for_traces("COMPRESSION") else { return false };
        match value.to_ascii_lowercase().as_str() {
            "gzip" => return true,
            "none" => {}
            _ => self.warn(&name, &value, "is neither gzip nor none", "none"),
        }
        false
    }

    /// Never printed: they hold the keys to the backend.
    fn metadata(&mut self) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        let Some((name, value)) = self.for_traces("HEADERS") else { return metadata };
        let mut well_formed = true;
        for pair in value.split(',').filter(|pair| !pair.trim().is_empty()) {
            let entry = pairs(pair).and_then(|mut pairs| pairs.pop()).and_then(|(key, value)| {
                let key = MetadataKey::from_bytes(key.to_ascii_lowercase().as_bytes()).ok()?;
                let mut value = MetadataValue::try_from(value).ok()?;
                value.set_sensitive(true);
                Some((key, value))
            });
            match entry {
                Some((key, value)) => {
                    metadata.insert(key, value);
                }
                None => well_formed = false,
            }
        }
        if !well_formed {
            self.warnings.push(format!(
                "{name} (its value is not shown) holds an entry that is no header as `key=value`; that entry is left out"
            ));
        }
        metadata
    }

    /// A time in milliseconds.
    fn duration(&mut self, name: &str, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number(name, 1, default)).min(LONGEST)
    }

    fn queue(&mut self) -> QueueSetting {
        const DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";
        let capacity = self.number("OTEL_BSP_MAX_QUEUE_SIZE", 1, 2048);
        let mut batch = self.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, 512.min(capacity));
        if batch > capacity {
            self.warn(
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                &batch.to_string(),
                "is more than OTEL_BSP_MAX_QUEUE_SIZE",
                &capacity.to_string(),
            );
            batch = capacity;
        }
        QueueSetting {
            capacity,
            batch,
            delay: self.text(DELAY).map(|_| self.duration(DELAY, Duration::from_secs(5))),
        }
    }

    fn limits(&mut self) -> SpanLimits {
        let default = SpanLimits::default();
        SpanLimits {
            max_attributes_per_span: self.number(
                "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
                0,
                default.max_attributes_per_span,
            ),
            max_events_per_span: self.number("OTEL_SPAN_EVENT_COUNT_LIMIT", 0, default.max_events_per_span),
            max_links_per_span: self.number("OTEL_SPAN_LINK_COUNT_LIMIT", 0, default.max_links_per_span),
            max_attributes_per_event: self.number(
                "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
                0,
                default.max_attributes_per_event,
            ),
            max_attributes_per_link: self.number(
                "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
                0,
                default.max_attributes_per_link,
            ),
        }
    }
}

/// The address that `name` gives, without the credentials that may stand in it: those are warned of.
pub(super) fn parse_endpoint(name: &str, value: &str, warnings: &mut Vec<String>) -> Result<Url, String> {
    let complaint = || {
        format!(
            "is no address of a collector, as in {DEFAULT_ENDPOINT}: it starts with `http://` or `https://`"
        )
    };
    let mut url = Url::parse(value).map_err(|_| complaint())?;
    match url.scheme() {
        "https" if cfg!(not(feature = "tls")) => {
            Err("needs TLS, and spanwise is built without its feature `tls`".to_owned())
        }
        "http" | "https" if url.has_host() => {
            if strip_credentials(&mut url) {
                warnings.push(format!(
                    "{name}: the credentials in the address are not sent; OTEL_EXPORTER_OTLP_HEADERS is for them"
                ));
            }
            Ok(url)
        }
        _ => Err(complaint()),
    }
}

fn default_endpoint() -> Url {
    Url::parse(DEFAULT_ENDPOINT).expect("a constant that a test has parsed")
}

/// Takes user and password out of an address; whether there were any.
fn strip_credentials(url: &mut Url) -> bool {
    let has_some = !url.username().is_empty() || url.password().is_some();
    if has_some {
        // Both fail only for addresses that cannot have credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    has_some
}

/// A malformed address without the secrets that may stand in it: what is before an `@`, and a query.
pub(super) fn masked(value: &str) -> String {
    let value = value.split_once('?').map_or(value.to_owned(), |(address, _)| format!("{address}?****"));
    match (value.rfind('@'), value.find("://")) {
        (Some(at), Some(scheme)) if at > scheme => format!("{}://****{}", &value[..scheme], &value[at..]),
        (Some(at), _) => format!("****{}", &value[at..]),
        _ => value,
    }
}

fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    list.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let decoded = |text: &str| Some(percent_decode_str(text.trim()).decode_utf8().ok()?.into_owned());
            let key = decoded(key)?;
            if key.is_empty() { None } else { Some((key, decoded(value)?)) }
        })
        .collect()
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
