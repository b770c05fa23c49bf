//! Addresses of collectors.

use url::Url;

/// The default address of OTLP/gRPC.
pub(in crate::setup) const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
/// The default address of OTLP/HTTP.
const DEFAULT_HTTP_ENDPOINT: &str = "http://localhost:4318";

/// The default address of a protocol.
pub(super) const fn default_endpoint(is_over_http: bool) -> &'static str {
    if is_over_http { DEFAULT_HTTP_ENDPOINT } else { DEFAULT_ENDPOINT }
}

/// An address that was set.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::setup) enum OtlpEndpoint {
    /// The protocol's default, in place of a malformed address.
    Default,
    /// For all signals: OTLP/HTTP appends the signal's path.
    General(Url),
    /// For one signal: used as it is.
    Whole(Url),
}

impl OtlpEndpoint {
    /// The address that requests go to. `path` is that of the signal, below `/v1/`.
    pub(super) fn url(&self, is_over_http: bool, path: &str) -> Url {
        let general = match self {
            Self::Default => {
                Url::parse(default_endpoint(is_over_http)).expect("a constant that a test has parsed")
            }
            Self::General(url) => url.clone(),
            Self::Whole(url) => return url.clone(),
        };
        if is_over_http { with_path(general, path) } else { general }
    }
}

fn with_path(mut general: Url, path: &str) -> Url {
    let path = format!("{}/v1/{path}", general.path().trim_end_matches('/'));
    general.set_path(&path);
    general
}

/// An address, and whether credentials were removed from it.
pub(super) struct ParsedEndpoint {
    pub(super) url: Url,
    pub(super) had_credentials: bool,
}

/// Parses the address of a collector and removes credentials from it. The error continues a sentence about the value.
pub(super) fn parse_endpoint(value: &str) -> Result<ParsedEndpoint, String> {
    let problem = || {
        format!("is not the address of a collector, like {DEFAULT_ENDPOINT}, with `http://` or `https://`")
    };
    let mut url = Url::parse(value).map_err(|_| problem())?;
    match url.scheme() {
        "https" if cfg!(not(feature = "tls")) => {
            Err("needs TLS, which Spanwise's feature `tls` adds".to_owned())
        }
        "http" | "https" if url.has_host() => {
            let had_credentials = remove_credentials(&mut url);
            Ok(ParsedEndpoint { url, had_credentials })
        }
        _ => Err(problem()),
    }
}

/// The warning that credentials in an address are not sent.
pub(super) fn credentials_warning(source: &str) -> String {
    format!("{source}: the credentials in the address are not sent; use OTEL_EXPORTER_OTLP_HEADERS for them")
}

/// Removes user and password from an address. Returns whether there were any.
fn remove_credentials(url: &mut Url) -> bool {
    let has_some = !url.username().is_empty() || url.password().is_some();
    if has_some {
        // Both fail only for addresses that cannot have credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    has_some
}

/// Masks what may be secret in an address: what is before an `@`, and the query.
pub(in crate::setup) fn masked(value: &str) -> String {
    let value = value.split_once('?').map_or(value.to_owned(), |(address, _)| format!("{address}?****"));
    match (value.rfind('@'), value.find("://")) {
        (Some(at), Some(scheme)) if at > scheme => format!("{}://****{}", &value[..scheme], &value[at..]),
        (Some(at), _) => format!("****{}", &value[at..]),
        _ => value,
    }
}
