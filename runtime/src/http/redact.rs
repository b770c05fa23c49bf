//! What must not be recorded of a URL: credentials, and the values of some query parameters.

use std::borrow::Cow;

const REDACTED: &str = "REDACTED";

/// The conventions' list, by which signed URLs of the large clouds are safe to record. Compared without
/// regard to case.
const SIGNATURES: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
];

/// What other secrets have in their names, in lower case.
const SECRETS: [&str; 10] = [
    "token",
    "secret",
    "password",
    "passwd",
    "api_key",
    "api-key",
    "apikey",
    "credential",
    "authorization",
    "session",
];

fn is_secret(name: &str) -> bool {
    let lower_case = name.to_ascii_lowercase();
    SIGNATURES.iter().any(|signature| signature.eq_ignore_ascii_case(name))
        || SECRETS.iter().any(|secret| lower_case.contains(secret))
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
