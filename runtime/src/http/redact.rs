//! What must not be recorded of a URL: credentials, and the values of some query parameters.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

const REDACTED: &str = "REDACTED";

/// The conventions' list, by which signed URLs of the large clouds are safe to record. Compared without
/// regard to case, as all names here.
const SIGNATURES: [&str; 3] = ["awsaccesskeyid", "sig", "x-amz-credential"];

/// What the names of secrets have in them; the other signatures of the conventions' list among them.
const SECRETS: [&str; 12] = [
    "token",
    "secret",
    "signature",
    "password",
    "passwd",
    "pwd",
    "api_key",
    "apikey",
    "credential",
    "auth",
    "jwt",
    "session",
];

fn is_secret(name: &str) -> bool {
    // As a server reads it: `%74oken` is `token`.
    let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    SIGNATURES.contains(&name.as_str())
        || SECRETS.iter().any(|secret| name.contains(secret))
        || name == "key"
        || name.ends_with("_key")
        || name.ends_with("-key")
}

/// `url.full`: the URL without its credentials and without the values of secret parameters.
#[cfg(feature = "client")]
pub(crate) fn url(url: &reqwest::Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that cannot have credentials.
    if !url.username().is_empty() || url.password().is_some() {
        let _ = url.set_username(REDACTED);
        let _ = url.set_password(Some(REDACTED));
    }
    // Never sent, and where some keep tokens.
    url.set_fragment(None);
    if let Some(Cow::Owned(redacted)) = url.query().map(query) {
        url.set_query(Some(&redacted));
    }
    url.into()
}

/// `url.query`: the query without the values of secret parameters.
pub(crate) fn query(query: &str) -> Cow<'_, str> {
    let is_secret = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| is_secret(name));
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
