//! Where and how spans are sent.

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::endpoint::{Endpoint, masked, parse_endpoint};
use super::{Reader, pairs};
use crate::export::{Compression, Protocol};

/// How long a request may take unless something else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is said of it, before the pieces are put together.
#[derive(Clone, Debug)]
pub(in crate::setup) struct OtlpSetting {
    pub(in crate::setup) protocol: Protocol,
    pub(in crate::setup) endpoint: Option<Endpoint>,
    pub(in crate::setup) headers: HeaderMap,
    pub(in crate::setup) timeout: Duration,
    pub(in crate::setup) compression: Option<Compression>,
    pub(in crate::setup) certificates: CertificateSetting,
}

/// Files of TLS.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct CertificateSetting {
    /// Whom to trust.
    pub(in crate::setup) roots: Option<File>,
    /// Who we are…
    pub(in crate::setup) client: Option<File>,
    /// …and what shows it.
    pub(in crate::setup) key: Option<File>,
}

/// A file, and who names it.
#[derive(Clone, Debug)]
pub(in crate::setup) struct File {
    pub(in crate::setup) variable: String,
    pub(in crate::setup) path: PathBuf,
}

impl File {
    /// Whether what stands in the place of the path is what should stand in the file.
    pub(in crate::setup) fn is_pem_itself(&self) -> bool {
        self.path.to_string_lossy().contains("-----BEGIN")
    }
}

impl Reader<'_> {
    pub(super) fn otlp(&mut self) -> OtlpSetting {
        let protocol = self.protocol();
        OtlpSetting {
            protocol,
            endpoint: self.endpoint(protocol),
            headers: self.headers("TRACES"),
            timeout: self.timeout("TRACES"),
            compression: self.compression(),
            certificates: self.certificates("TRACES"),
        }
    }

    fn endpoint(&mut self, protocol: Protocol) -> Option<Endpoint> {
        let (name, value) = self.for_traces("ENDPOINT")?;
        let value = if protocol == Protocol::Grpc { self.with_scheme("TRACES", value) } else { value };
        Some(match parse_endpoint(&name, &value, &mut self.warnings) {
            Ok(url) if name.contains("_TRACES_") => Endpoint::Whole(url),
            Ok(url) => Endpoint::General(url),
            Err(why) => {
                self.warn(&name, &masked(&value), &why, protocol.default_endpoint());
                Endpoint::Default
            }
        })
    }

    /// An address for gRPC may be without its `http://`, where something is said that decides it. Where nothing is, the
    /// specification would have TLS, which is not what whoever writes `localhost:4317` means.
    pub(super) fn with_scheme(&mut self, signal: &str, address: String) -> String {
        if address.contains("://") {
            return address;
        }
        match self.insecure(signal) {
            Some(true) => format!("http://{address}"),
            Some(false) => format!("https://{address}"),
            None => address,
        }
    }

    fn insecure(&mut self, signal: &str) -> Option<bool> {
        let (name, _) = self.for_signal(signal, "INSECURE")?;
        Some(self.boolean(&name))
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
            Some((name, _)) => self.timeout_of(&name, TIMEOUT),
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

    pub(super) fn certificates(&self, signal: &str) -> CertificateSetting {
        let file = |ending| {
            let (variable, path) = self.for_signal(signal, ending)?;
            Some(File { variable, path: path.into() })
        };
        CertificateSetting {
            roots: file("CERTIFICATE"),
            client: file("CLIENT_CERTIFICATE"),
            key: file("CLIENT_KEY"),
        }
    }

    /// Never printed: they hold the keys to the backend.
    pub(super) fn headers(&mut self, signal: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some((name, value)) = self.for_signal(signal, "HEADERS") else { return headers };
        let mut well_formed = true;
        for pair in value.split(',').filter(|pair| !pair.trim().is_empty()) {
            let entry = pairs(pair).and_then(|mut pairs| pairs.pop());
            match entry.and_then(|(key, value)| header(&key, value)) {
                // There is an end to how many it can hold.
                Some((key, value)) => well_formed &= headers.try_insert(key, value).is_ok(),
                None => well_formed = false,
            }
        }
        if !well_formed {
            self.tell(
                &name,
                format!(
                    "{name} (its value is not shown) holds an entry that is no header as `key=value`; that entry is left out"
                ),
            );
        }
        headers
    }
}

/// A header that no debug output shows.
pub(in crate::setup) fn header(key: &str, value: String) -> Option<(HeaderName, HeaderValue)> {
    let key = HeaderName::from_bytes(key.to_ascii_lowercase().as_bytes()).ok()?;
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some((key, value))
}
