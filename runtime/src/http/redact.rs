//! Redacts credentials and secret query parameters in URLs.

use std::borrow::Cow;
use std::sync::Arc;

use crate::secret::{self, REDACTED};

/// What separates the parameters of a query.
const SEPARATORS: [char; 2] = ['&', ';'];

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
        secret::is_name(name) || {
            let decoded = secret::decoded(name);
            self.own.iter().any(|own| decoded.eq_ignore_ascii_case(own))
        }
    }

    fn is_secret_in(&self, text: &str) -> bool {
        secret::is_in_by(text, &|name| self.is_secret(name))
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

    /// Returns `url.query`: the query without the values of secret parameters, and without values that are URLs with such parameters.
    pub(crate) fn query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        let is_secret = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => !value.is_empty() && (self.is_secret(name) || self.is_secret_in(value)),
            None => false,
        };
        if !query.split(SEPARATORS).any(is_secret) {
            return Cow::Borrowed(query);
        }
        let mut shown = String::new();
        for pair in query.split_inclusive(SEPARATORS) {
            let plain = pair.trim_end_matches(SEPARATORS);
            match plain.split_once('=') {
                Some((name, _)) if is_secret(plain) => {
                    shown.extend([name, "=", REDACTED, &pair[plain.len()..]]);
                }
                _ => shown.push_str(pair),
            }
        }
        Cow::Owned(shown)
    }

    /// Returns a text that may be a URL, like the value of `Location`, or have one in it: without credentials, and without the
    /// values of secret parameters. A text that cannot be cleared so is not shown.
    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.is_secret_in(text) {
            return Cow::Borrowed(text);
        }
        let shown = secret::without_credentials(text).into_owned();
        let shown = match shown.split_once('?') {
            Some((before, query)) => {
                // A fragment may have a token, and is not sent.
                let query = query.split('#').next().unwrap_or_default();
                format!("{before}?{}", self.query(query))
            }
            None => shown.split('#').next().unwrap_or_default().to_owned(),
        };
        if self.is_secret_in(&shown) { Cow::Borrowed(REDACTED) } else { Cow::Owned(shown) }
    }
}
