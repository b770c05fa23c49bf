//! Origins of URLs: scheme, host and port.

use reqwest::Url;

/// Returns whether two URLs have the same origin.
pub(super) fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// A pattern of origins: `host` or `*.host`, optionally with a scheme before and a port after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OriginPattern {
    scheme: Option<String>,
    host: String,
    /// Whether the pattern is `*.host`: all that is below the host, and not the host itself.
    is_below: bool,
    port: Option<u16>,
}

impl OriginPattern {
    /// Returns `None` if the text is not a pattern.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text.as_str()),
        };
        let (is_below, rest) = rest.strip_prefix("*.").map_or((false, rest), |rest| (true, rest));
        // Normalizes as URLs are: international names are encoded, IPv6 addresses are shortened and in brackets.
        let url = Url::parse(&format!("http://{rest}")).ok()?;
        let is_bare = url.path() == "/" && !rest.ends_with('/') && url.query().is_none();
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let host = url.host_str().filter(|host| !host.contains('*'))?.trim_end_matches('.').to_owned();
        // A URL does not contain the default port of its scheme.
        let port = url.port().or_else(|| rest.ends_with(":80").then_some(80));
        (is_bare && !has_credentials && url.fragment().is_none()).then_some(Self {
            scheme,
            host,
            is_below,
            port,
        })
    }

    pub(super) fn matches(&self, url: &Url) -> bool {
        // A name with a dot at the end is the same name.
        let Some(host) = url.host_str().map(|host| host.trim_end_matches('.')) else { return false };
        let has_host = if self.is_below {
            host.strip_suffix(self.host.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        } else {
            host == self.host
        };
        has_host
            && self.scheme.as_ref().is_none_or(|scheme| scheme == url.scheme())
            && self.port.is_none_or(|port| Some(port) == url.port_or_known_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, url: &str) -> bool {
        OriginPattern::parse(pattern).expect("a pattern").matches(&url.parse().expect("a URL"))
    }

    #[test]
    fn a_pattern_matches_origins() {
        assert!(matches("legacy.internal", "http://legacy.internal/path?q"));
        assert!(matches("Legacy.Internal", "https://LEGACY.internal:8443/"));
        assert!(!matches("legacy.internal", "http://a.legacy.internal/"));
        assert!(matches("*.partner.example", "http://a.b.partner.example/"));
        assert!(!matches("*.partner.example", "http://partner.example/"));
        assert!(!matches("*.partner.example", "http://notpartner.example/"));
        assert!(matches("*.partner.example", "http://a.partner.example./"));
        assert!(matches("host:80", "http://host/") && !matches("host:80", "https://host/"));
        assert!(matches("https://host", "https://host/") && !matches("https://host", "http://host/"));
        assert!(matches("https://host:443", "https://host/"));
        assert!(matches("[::1]:8080", "http://[0:0::1]:8080/"));
        assert!(matches("bücher.example", "http://xn--bcher-kva.example/"));
    }

    #[test]
    fn a_text_that_is_not_an_origin_is_not_a_pattern() {
        for wrong in ["", "*", "*.", "a.*.b", "host/path", "host/", "user@host", "host?q", "host:port", "a b"]
        {
            assert_eq!(OriginPattern::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let is_same =
            |one: &str, other: &str| is_same_origin(&one.parse().expect("one"), &other.parse().expect("one"));
        assert!(is_same("http://a/x", "http://A:80/y"));
        assert!(!is_same("http://a/", "https://a/"));
        assert!(!is_same("http://a/", "http://a:81/"));
        assert!(!is_same("http://a/", "http://b.a/"));
    }
}
