//! Who has sent a request: the connection's other side and, as far as proxies are trusted, the client behind them.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, header, request};
use ipnet::IpNet;

use crate::diag;

/// The address of a connection's other side, as an extension of a request. For servers other than axum.
///
/// ```
/// # fn example(mut request: http::Request<()>, stream: &tokio::net::TcpStream) -> std::io::Result<()> {
/// request.extensions_mut().insert(spanwise::server::PeerAddress(stream.peer_addr()?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// How many proxies a request is followed through.
const MAX_PROXIES: usize = 32;

/// The networks of the proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub(super) fn add(&mut self, networks: impl IntoIterator<Item = impl AsRef<str>>) {
        let networks = networks.into_iter().filter_map(|given| {
            let given = given.as_ref().trim();
            let network = given.parse().ok().or_else(|| given.parse::<IpAddr>().ok().map(IpNet::from));
            if network.is_none() {
                diag::warn(format_args!(
                    "{:?} is neither an address nor a network such as 10.0.0.0/8; it is ignored",
                    diag::shown(given)
                ));
            }
            network
        });
        self.0 = self.0.iter().copied().chain(networks).collect();
    }

    fn has(&self, address: IpAddr) -> bool {
        // An IPv6 socket shows IPv4 clients as IPv6 addresses.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(feature = "axum")]
pub(super) fn connected(request: &request::Parts) -> Option<SocketAddr> {
    request.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0)
}

#[cfg(not(feature = "axum"))]
pub(super) fn connected(_request: &request::Parts) -> Option<SocketAddr> {
    None
}

/// What trusted proxies report about a request.
#[derive(Debug, Default)]
pub(super) struct ForwardedInfo {
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<&'static str>,
    pub(super) host: Option<String>,
}

/// What one proxy reports: who sent the request to it, and how.
#[derive(Debug, Default)]
struct ProxyHop {
    /// `None` if it is hidden or malformed.
    from: Option<IpAddr>,
    scheme: Option<&'static str>,
    host: Option<String>,
}

impl ForwardedInfo {
    /// Reads the headers of a request that came from `peer`. Empty if `peer` is not trusted.
    ///
    /// The headers are read from the last proxy to the first, as long as the sender is a trusted proxy. Only one of the two kinds
    /// of headers is read: a proxy passes on the kind that it does not write, and a client may have sent it.
    pub(super) fn of(
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
        proxies: &TrustedProxies,
        has_forwarded: bool,
    ) -> Self {
        let Some(peer) = peer.map(|peer| peer.ip()).filter(|peer| proxies.has(*peer)) else {
            return Self::default();
        };
        let hops = if has_forwarded { forwarded(headers) } else { x_forwarded(headers) };
        let mut info = Self { client: Some(peer.to_canonical()), ..Self::default() };
        for hop in hops {
            info.scheme = hop.scheme.or(info.scheme);
            info.host = hop.host.or(info.host);
            let Some(from) = hop.from else { break };
            info.client = Some(from);
            if !proxies.has(from) {
                break;
            }
        }
        info
    }
}

/// The words of `X-Forwarded-For`, `-Proto` and `-Host`, the last first. Not all proxies write all of them: what there is fewer of is
/// the last ones'.
fn x_forwarded(headers: &HeaderMap) -> Vec<ProxyHop> {
    let mut from = elements(headers, "x-forwarded-for", false);
    let mut schemes = elements(headers, "x-forwarded-proto", false);
    let mut hosts = elements(headers, "x-forwarded-host", false);
    let longest = from.len().max(schemes.len()).max(hosts.len());
    (0..longest)
        .map(|_| ProxyHop {
            from: from.pop().and_then(|element| address(&element)),
            scheme: schemes.pop().and_then(|element| scheme(&element)),
            host: hosts.pop().filter(|host| !host.is_empty()),
        })
        .collect()
}

/// The words of [`Forwarded`](https://www.rfc-editor.org/rfc/rfc7239), the last first.
fn forwarded(headers: &HeaderMap) -> Vec<ProxyHop> {
    let elements = elements(headers, header::FORWARDED.as_str(), true).into_iter().rev();
    elements
        .map(|element| {
            let mut hop = ProxyHop::default();
            for pair in split(element.as_bytes(), b';', true) {
                let pair = String::from_utf8_lossy(pair);
                let Some((key, value)) = pair.split_once('=') else { continue };
                let value = value.trim().trim_matches('"');
                match key.trim().to_ascii_lowercase().as_str() {
                    "for" => hop.from = address(value),
                    "proto" => hop.scheme = scheme(value),
                    "host" => hop.host = Some(value.to_owned()).filter(|host| !host.is_empty()),
                    _ => {}
                }
            }
            hop
        })
        .collect()
}

/// The last elements of a list, of several lines as of one. What is no text spoils its own element, and no other.
fn elements(headers: &HeaderMap, name: &str, has_quotes: bool) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    let mut last: VecDeque<String> = VecDeque::new();
    for element in lines.flat_map(|line| split(line.as_bytes(), b',', has_quotes)) {
        if last.len() == MAX_PROXIES {
            last.pop_front();
        }
        last.push_back(String::from_utf8_lossy(element).trim().to_owned());
    }
    last.into()
}

/// What is between the separators; those that stand in quotes are none, where a format has quotes.
fn split(text: &[u8], separator: u8, has_quotes: bool) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |&byte| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && byte == b'\\' && !was_escaped;
        is_quoted ^= has_quotes && byte == b'"' && !was_escaped;
        byte == separator && !is_quoted
    })
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let alone = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    alone.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn proxies() -> TrustedProxies {
        let mut proxies = TrustedProxies::default();
        proxies.add(["10.0.0.0/8"]);
        proxies
    }

    proptest! {
        /// Whatever a client has written before, what a trusted proxy appends is believed.
        #[test]
        fn what_comes_before_the_proxy_s_word_changes_nothing(
            before in proptest::collection::vec(any::<u8>().prop_filter("a header", |byte| *byte >= 32 && *byte != 127), 0..80),
            has_forwarded: bool,
        ) {
            // A quote that is never closed swallows what is appended to its line.
            prop_assume!(!has_forwarded || !before.contains(&b'"'));
            let (name, word) = if has_forwarded {
                ("forwarded", &b",for=203.0.113.7"[..])
            } else {
                ("x-forwarded-for", &b",203.0.113.7"[..])
            };
            let value = HeaderValue::from_bytes(&[&before, word].concat()).expect("a header");
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
            let peer = Some("10.0.0.1:1".parse().expect("an address"));
            let info = ForwardedInfo::of(&headers, peer, &proxies(), has_forwarded);
            prop_assert_eq!(info.client, Some("203.0.113.7".parse().expect("an address")));
        }

        #[test]
        fn no_header_does_any_harm(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4), has_forwarded: bool) {
            let mut headers = HeaderMap::new();
            for (line, name) in lines.iter().zip(["forwarded", "x-forwarded-for", "x-forwarded-host", "forwarded"]) {
                if let Ok(value) = HeaderValue::from_bytes(line) {
                    headers.append(HeaderName::from_static(name), value);
                }
            }
            let peer = Some("10.0.0.1:1".parse().expect("an address"));
            prop_assert!(ForwardedInfo::of(&headers, peer, &proxies(), has_forwarded).client.is_some());
        }
    }

    #[test]
    fn no_more_proxies_are_followed_than_there_can_be() {
        let many = vec!["10.0.0.1"; 1000].join(",");
        let value = HeaderValue::from_str(&format!("203.0.113.7,{many}")).expect("a header");
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), value)]);
        let info =
            ForwardedInfo::of(&headers, Some("10.0.0.1:1".parse().expect("an address")), &proxies(), false);
        assert_eq!(info.client, Some("10.0.0.1".parse().expect("an address")));
    }
}
