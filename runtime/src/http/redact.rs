//! What must not be recorded of a URL: credentials, and the values of some query parameters.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::secret;

const REDACTED: &str = "REDACTED";

/// Names of query parameters whose values are not recorded: the conventions', those that read like a secret's, and the
/// user's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redaction {
    own: Arc<[String]>,
}

impl Redaction {
    /// Adds names, in any case.
    pub(crate) fn add(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        let added = names.into_iter().map(|name| name.into().to_ascii_lowercase());
        self.own = self.own.iter().cloned().chain(added).collect();
    }

    fn is_secret(&self, name: &str) -> bool {
        // As a server reads it: `%74oken` is `token`.
        let decoded: Cow<'_, str> = percent_decode_str(name).decode_utf8_lossy();
        secret::is_name(name) || self.own.iter().any(|own| decoded.eq_ignore_ascii_case(own))
    }

    /// `url.full`: the URL without its credentials and without the values of secret parameters. Without its fragment, too:
    /// that is not sent, and some keep tokens in it.
    #[cfg(feature = "client")]
    pub(crate) fn url<'a>(&self, url: &'a reqwest::Url) -> Cow<'a, str> {
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let query = url.query().map(|query| self.query(query));
        if !has_credentials && url.fragment().is_none() && !matches!(query, Some(Cow::Owned(_))) {
            return url.as_str().into();
        }
        let redacted = query.map(Cow::into_owned);
        let mut url = url.clone();
        // Both fail only for URLs that cannot have credentials.
        if has_credentials {
            let _ = url.set_username(REDACTED);
            let _ = url.set_password(Some(REDACTED));
        }
        url.set_fragment(None);
        url.set_query(redacted.as_deref());
        String::from(url).into()
    }

    /// `url.query`: the query without the values of secret parameters.
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
