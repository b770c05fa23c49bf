//! Where and how spans are sent.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::{Reader, pairs};
use crate::export::{Compression, OtlpSettings, Protocol};

/// Where a collector is unless something else is said.
pub(in crate::setup) const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
/// The same over HTTP.
#[cfg(feature = "otlp-http")]
const DEFAULT_HTTP_ENDPOINT: &str = "http://localhost:4318";

/// How long a request may take unless something else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Protocol {
    const fn default_endpoint(self) -> &'static str {
        match self {
            Self::Grpc => DEFAULT_ENDPOINT,
            #[cfg(feature = "otlp-http")]
            Self::Http => DEFAULT_HTTP_ENDPOINT,
        }
    }
}

impl Reader<'_> {
    pub(super) fn otlp(&mut self) -> OtlpSettings {
        let protocol = self.protocol();
        OtlpSettings {
            protocol,
            endpoint: self.endpoint(protocol),
            headers: self.headers("TRACES"),
            timeout: self.timeout("TRACES"),
            compression: self.compression(),
        }
    }

    fn endpoint(&mut self, protocol: Protocol) -> Url {
        let default = protocol.default_endpoint();
        if let Some((name, value)) = self.for_traces("ENDPOINT") {
            match parse_endpoint(&name, &value, &mut self.warnings) {
                // The general one is for all signals, the one for traces is the whole address.
                Ok(url) if name.contains("_TRACES_") => return url,
                Ok(url) => return for_signal(protocol, url),
                Err(why) => self.warn(&name, &masked(&value), &why, default),
            }
        }
        for_signal(protocol, Url::parse(default).expect("a constant that a test has parsed"))
    }

    fn protocol(&mut self) -> Protocol {
        let Some((name, value)) = self.for_traces("PROTOCOL") else { return Protocol::Grpc };
        match value.to_ascii_lowercase().as_str() {
            "grpc" => {}
            #[cfg(feature = "otlp-http")]
            "http/protobuf" => return Protocol::Http,
            #[cfg(feature = "otlp-http")]
            "http/json" => {
                self.warn(&name, &value, "is not spoken; whoever takes it takes this as well", "http/protobuf");
                return Protocol::Http;
            }
            #[cfg(not(feature = "otlp-http"))]
            "http/protobuf" | "http/json" => self.warn(
                &name,
                &value,
                "needs the feature `otlp-http` of spanwise; otherwise point the endpoint at the collector's gRPC port, \
                 4317 as a rule",
                "grpc",
            ),
            _ => self.warn(&name, &value, "is no protocol of OTLP (grpc, http/protobuf, http/json)", "grpc"),
        }
        Protocol::Grpc
    }

    pub(super) fn timeout(&mut self, signal: &str) -> Duration {
        match self.for_signal(signal, "TIMEOUT") {
            Some((name, _)) => self.duration(&name, TIMEOUT),
            None => TIMEOUT,
        }
    }

    fn compression(&mut self) -> Option<Compression> {
        let (name, value) = self.for_traces("COMPRESSION")?;
        match value.to_ascii_lowercase().as_str() {
            "gzip" => return Some(Compression::Gzip),
            #[cfg(feature = "zstd")]
            "zstd" => return Some(Compression::Zstd),
            #[cfg(not(feature = "zstd"))]
            "zstd" => self.warn(&name, &value, "needs the feature `zstd` of spanwise", "none"),
            "none" => {}
            _ => self.warn(&name, &value, "is none of gzip, zstd, none", "none"),
        }
        None
    }

    /// Never printed: they hold the keys to the backend.
    pub(super) fn headers(&mut self, signal: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some((name, value)) = self.for_signal(signal, "HEADERS") else { return headers };
        let mut well_formed = true;
        for pair in value.split(',').filter(|pair| !pair.trim().is_empty()) {
            let entry = pairs(pair).and_then(|mut pairs| pairs.pop()).and_then(|(key, value)| {
                let key = HeaderName::from_bytes(key.to_ascii_lowercase().as_bytes()).ok()?;
                let mut value = HeaderValue::try_from(value).ok()?;
                value.set_sensitive(true);
                Some((key, value))
            });
            match entry {
                Some((key, value)) => {
                    headers.insert(key, value);
                }
                None => well_formed = false,
            }
        }
        if !well_formed {
            self.warnings.push(format!(
                "{name} (its value is not shown) holds an entry that is no header as `key=value`; that entry is left out"
            ));
        }
        headers
    }
}

/// The address for traces, of the one for all signals.
pub(in crate::setup) fn for_signal(protocol: Protocol, url: Url) -> Url {
    match protocol {
        Protocol::Grpc => url,
        #[cfg(feature = "otlp-http")]
        Protocol::Http => {
            let mut url = url;
            let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
            url.set_path(&path);
            url
        }
    }
}

/// The address that `name` gives, without the credentials that may stand in it: those are warned of.
pub(in crate::setup) fn parse_endpoint(
    name: &str,
    value: &str,
    warnings: &mut Vec<String>,
) -> Result<Url, String> {
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
pub(in crate::setup) fn masked(value: &str) -> String {
    let value = value.split_once('?').map_or(value.to_owned(), |(address, _)| format!("{address}?****"));
    match (value.rfind('@'), value.find("://")) {
        (Some(at), Some(scheme)) if at > scheme => format!("{}://****{}", &value[..scheme], &value[at..]),
        (Some(at), _) => format!("****{}", &value[at..]),
        _ => value,
    }
}
