//! Who is on the other side: the connection's, and, as far as proxies are trusted, who sent the request in the first
//! place.

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

impl Said {
    /// What is said of a request that came from `peer`: nothing, where that is not trusted.
    pub(super) fn of(headers: &HeaderMap, peer: Option<SocketAddr>, proxies: &Proxies) -> Self {
        let Some(peer) = peer.map(|peer| peer.ip()).filter(|peer| proxies.has(*peer)) else {
            return Self::default();
        };
        let forwarded: Vec<&str> = list(headers, header::FORWARDED.as_str());
        if forwarded.is_empty() {
            let before = list(headers, "x-forwarded-for").into_iter().map(address);
            Self {
                client: Some(client(peer, before, proxies)),
                scheme: list(headers, "x-forwarded-proto").last().and_then(|text| scheme(text)),
                host: list(headers, "x-forwarded-host").last().map(|&host| host.to_owned()),
            }
        } else {
            let last = forwarded.last().copied().unwrap_or_default();
            let before = forwarded.iter().map(|hop| address(&parameter(hop, "for").unwrap_or_default()));
            Self {
                client: Some(client(peer, before, proxies)),
                scheme: parameter(last, "proto").and_then(|text| scheme(&text)),
                host: parameter(last, "host"),
            }
        }
    }
}

/// The last that is not trusted, of those that each names the one before it.
fn client(
    peer: IpAddr,
    before: impl DoubleEndedIterator<Item = Option<IpAddr>>,
    proxies: &Proxies,
) -> IpAddr {
    let mut client = peer;
    for address in before.rev() {
        // One that hides itself, or nonsense: nothing further is known.
        let Some(address) = address else { break };
        client = address;
        if !proxies.has(address) {
            break;
        }
    }
    client
}

/// The elements of a list, of several lines as of one.
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let all: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let beyond = all.len().saturating_sub(MOST_PROXIES);
    all[beyond..].to_vec()
}

/// A parameter of one element of [`Forwarded`](https://www.rfc-editor.org/rfc/rfc7239).
fn parameter(element: &str, name: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
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
