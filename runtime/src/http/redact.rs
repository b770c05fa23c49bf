//! Redacts credentials and secret query parameters in URLs.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::secret;

const REDACTED: &str = "REDACTED";

/// The query parameters whose values are not recorded: those whose names read like the name of a secret, and those that the
/// application names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redaction {
    own: Arc<[String]>,
}

impl Redaction {
    /// Adds names. Upper and lower case are the same.
    pub(crate) fn add(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        let added = names.into_iter().map(|name| name.into().to_ascii_lowercase());
        self.own = self.own.iter().cloned().chain(added).collect();
    }

    fn is_secret(&self, name: &str) -> bool {
        // A server decodes names: `%74oken` is `token`.
        let decoded: Cow<'_, str> = percent_decode_str(name).decode_utf8_lossy();
        secret::is_name(name) || self.own.iter().any(|own| decoded.eq_ignore_ascii_case(own))
    }

    /// Returns `url.full`: the URL without its credentials and without the values of secret parameters. The fragment is left out: it
    /// is not sent, and may contain a token.
    #[cfg(feature = "client")]
    pub(crate) fn url<'a>(&self, url: &'a reqwest::Url) -> Cow<'a, str> {
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let query = url.query().map(|query| self.query(query));
        if !has_credentials && url.fragment().is_none() && !matches!(query, Some(Cow::Owned(_))) {
            return url.as_str().into();
        }
        let redacted = query.map(Cow::into_owned);
        let mut url = url.clone();
        // Both calls fail only for URLs that cannot have credentials.
        if has_credentials {
            let _ = url.set_username(REDACTED);
            let _ = url.set_password(Some(REDACTED));
        }
        url.set_fragment(None);
        url.set_query(redacted.as_deref());
        String::from(url).into()
    }

    /// Returns `url.query`: the query without the values of secret parameters.
    pub(crate) fn query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        let is_secret = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| self.is_secret(name));
        if !query.split('&').any(is_secret) {
            return Cow::Borrowed(query);
        }
        let pairs: Vec<_> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if is_secret(pair) => Cow::Owned(format!("{name}={REDACTED}")),
                _ => Cow::Borrowed(pair),
            })
            .collect();
        Cow::Owned(pairs.join("&"))
    }
}
