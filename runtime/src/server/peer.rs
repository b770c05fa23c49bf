//! Who is on the other side: the connection's, and, as far as proxies are trusted, who sent the request in the first
//! place.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, header, request};
use ipnet::IpNet;

use super::layer::PeerAddress;
use super::settings::Set;
use crate::diag;

/// The most proxies that a request is followed through.
const MOST_PROXIES: usize = 32;

/// The networks of those whose word is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies(Arc<[IpNet]>);

impl Proxies {
    pub(super) fn add(&mut self, networks: impl IntoIterator<Item = impl AsRef<str>>) {
        let networks = networks.into_iter().filter_map(|given| {
            let given = given.as_ref().trim();
            let network = given.parse().ok().or_else(|| given.parse::<IpAddr>().ok().map(IpNet::from));
            if network.is_none() {
                diag::warn(format_args!(
                    "{:?} is neither an address nor a network such as 10.0.0.0/8: no proxy is trusted by it",
                    diag::shown(given)
                ));
            }
            network
        });
        self.0 = self.0.iter().copied().chain(networks).collect();
    }

    fn has(&self, address: IpAddr) -> bool {
        // An IPv4 client of an IPv6 socket is itself all the same.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The connection's other side.
pub(super) fn of(request: &request::Parts, set: &Set) -> Option<SocketAddr> {
    let own = set.peer.as_ref().and_then(|peer| peer(request));
    let given = || request.extensions.get::<PeerAddress>().map(|peer| peer.0);
    own.or_else(given).or_else(|| connected(request))
}

#[cfg(feature = "axum")]
fn connected(request: &request::Parts) -> Option<SocketAddr> {
    request.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0)
}

#[cfg(not(feature = "axum"))]
fn connected(_request: &request::Parts) -> Option<SocketAddr> {
    None
}

/// What trusted proxies say of a request.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<&'static str>,
    pub(super) host: Option<String>,
}

/// One proxy's word: who came to it, and how.
#[derive(Debug, Default)]
struct Hop {
    /// None, where it hides that, or talks nonsense.
    from: Option<IpAddr>,
    scheme: Option<&'static str>,
    host: Option<String>,
}

impl Said {
    /// What is said of a request that came from `peer`: nothing, where that is not trusted.
    ///
    /// From the last word to the first: as long as one came from a trusted proxy, that one's word on who was before it is
    /// taken. Of two kinds of headers only one is read: a proxy that writes the one passes the other on, whoever has
    /// written it.
    pub(super) fn of(
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
        proxies: &Proxies,
        by_forwarded: bool,
    ) -> Self {
        let Some(peer) = peer.map(|peer| peer.ip()).filter(|peer| proxies.has(*peer)) else {
            return Self::default();
        };
        let hops = if by_forwarded { forwarded(headers) } else { x_forwarded(headers) };
        let mut said = Self { client: Some(peer.to_canonical()), ..Self::default() };
        for hop in hops {
            said.scheme = hop.scheme.or(said.scheme);
            said.host = hop.host.or(said.host);
            let Some(from) = hop.from else { break };
            said.client = Some(from);
            if !proxies.has(from) {
                break;
            }
        }
        said
    }
}

/// The words of `X-Forwarded-For`, `-Proto` and `-Host`, the last first. Not all proxies write all of them: what there is fewer of is
/// the last ones'.
fn x_forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let mut from = elements(headers, "x-forwarded-for", false);
    let mut schemes = elements(headers, "x-forwarded-proto", false);
    let mut hosts = elements(headers, "x-forwarded-host", false);
    let longest = from.len().max(schemes.len()).max(hosts.len());
    (0..longest)
        .map(|_| Hop {
            from: from.pop().and_then(|element| address(&element)),
            scheme: schemes.pop().and_then(|element| scheme(&element)),
            host: hosts.pop().filter(|host| !host.is_empty()),
        })
        .collect()
}

/// The words of [`Forwarded`](https://www.rfc-editor.org/rfc/rfc7239), the last first.
fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let elements = elements(headers, header::FORWARDED.as_str(), true).into_iter().rev();
    elements
        .map(|element| {
            let mut hop = Hop::default();
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
        if last.len() == MOST_PROXIES {
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

    fn proxies() -> Proxies {
        let mut proxies = Proxies::default();
        proxies.add(["10.0.0.0/8"]);
        proxies
    }

    proptest! {
        /// Whatever a client has written before, what a trusted proxy appends is believed.
        #[test]
        fn what_comes_before_the_proxy_s_word_changes_nothing(
            before in proptest::collection::vec(any::<u8>().prop_filter("a header", |byte| *byte >= 32 && *byte != 127), 0..80),
            by_forwarded: bool,
        ) {
            // A quote that is never closed swallows what is appended to its line.
            prop_assume!(!by_forwarded || !before.contains(&b'"'));
            let (name, word) = if by_forwarded {
                ("forwarded", &b",for=203.0.113.7"[..])
            } else {
                ("x-forwarded-for", &b",203.0.113.7"[..])
            };
            let value = HeaderValue::from_bytes(&[&before, word].concat()).expect("a header");
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
            let peer = Some("10.0.0.1:1".parse().expect("an address"));
            let said = Said::of(&headers, peer, &proxies(), by_forwarded);
            prop_assert_eq!(said.client, Some("203.0.113.7".parse().expect("an address")));
        }

        #[test]
        fn no_header_does_any_harm(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4), by_forwarded: bool) {
            let mut headers = HeaderMap::new();
            for (line, name) in lines.iter().zip(["forwarded", "x-forwarded-for", "x-forwarded-host", "forwarded"]) {
                if let Ok(value) = HeaderValue::from_bytes(line) {
                    headers.append(HeaderName::from_static(name), value);
                }
            }
            let peer = Some("10.0.0.1:1".parse().expect("an address"));
            prop_assert!(Said::of(&headers, peer, &proxies(), by_forwarded).client.is_some());
        }
    }

    #[test]
    fn no_more_proxies_are_followed_than_there_can_be() {
        let many = vec!["10.0.0.1"; 1000].join(",");
        let value = HeaderValue::from_str(&format!("203.0.113.7,{many}")).expect("a header");
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), value)]);
        let said = Said::of(&headers, Some("10.0.0.1:1".parse().expect("an address")), &proxies(), false);
        assert_eq!(said.client, Some("10.0.0.1".parse().expect("an address")));
    }
}
