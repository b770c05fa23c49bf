//! Addresses of collectors.

use url::Url;

use super::Warning;
use crate::export::Protocol;

/// Where a collector is unless something else is said.
pub(in crate::setup) const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
/// The same over HTTP.
pub(super) const DEFAULT_HTTP_ENDPOINT: &str = "http://localhost:4318";

/// An address, as far as it is said.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::setup) enum Endpoint {
    /// The protocol's default, in place of what is malformed.
    Default,
    /// One for all signals.
    General(Url),
    /// Of the one signal, and to be used as it is.
    Whole(Url),
}

impl Endpoint {
    /// Where spans go by this protocol.
    pub(in crate::setup) fn for_traces(&self, protocol: Protocol) -> Url {
        self.of(protocol != Protocol::Grpc, "traces")
    }

    pub(super) fn of(&self, is_over_http: bool, signal: &str) -> Url {
        match self {
            Self::Default => {
                let default = if is_over_http { DEFAULT_HTTP_ENDPOINT } else { DEFAULT_ENDPOINT };
                of_signal(
                    Url::parse(default).expect("a constant that a test has parsed"),
                    is_over_http,
                    signal,
                )
            }
            Self::General(url) => of_signal(url.clone(), is_over_http, signal),
            Self::Whole(url) => url.clone(),
        }
    }
}

impl Protocol {
    pub(in crate::setup) const fn default_endpoint(self) -> &'static str {
        match self {
            Self::Grpc => DEFAULT_ENDPOINT,
            #[cfg(feature = "otlp-http")]
            Self::Http => DEFAULT_HTTP_ENDPOINT,
        }
    }
}

/// The address for a signal, of the one for all.
fn of_signal(mut general: Url, is_over_http: bool, signal: &str) -> Url {
    if is_over_http {
        let path = format!("{}/v1/{signal}", general.path().trim_end_matches('/'));
        general.set_path(&path);
    }
    general
}

/// The address that `name` gives, without the credentials that may stand in it: those are warned of.
pub(in crate::setup) fn parse_endpoint(
    name: &str,
    value: &str,
    warnings: &mut Vec<Warning>,
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
                let text = format!(
                    "{name}: the credentials in the address are not sent; OTEL_EXPORTER_OTLP_HEADERS is for them"
                );
                warnings.push(Warning { variable: name.to_owned(), text });
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

/// An address without the secrets that may stand in it: what is before an `@`, and a query.
pub(in crate::setup) fn masked(value: &str) -> String {
    let value = value.split_once('?').map_or(value.to_owned(), |(address, _)| format!("{address}?****"));
    match (value.rfind('@'), value.find("://")) {
        (Some(at), Some(scheme)) if at > scheme => format!("{}://****{}", &value[..scheme], &value[at..]),
        (Some(at), _) => format!("****{}", &value[at..]),
        _ => value,
    }
}
