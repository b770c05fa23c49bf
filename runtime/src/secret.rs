//! Names of secrets: of query parameters, command-line flags, fields.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Query parameters that the conventions require to be redacted, because clouds sign URLs with them. Only those that
/// [`SECRETS`] does not cover. Case is ignored.
const SIGNATURES: [&str; 3] = ["awsaccesskeyid", "sig", "x-amz-credential"];

/// Words in the names of secrets. They cover the other query parameters of the conventions' list, too. Case is ignored.
const SECRETS: [&str; 15] = [
    "token",
    "secret",
    "signature",
    "password",
    "passphrase",
    "passwd",
    "pwd",
    "api_key",
    "apikey",
    "credential",
    "auth",
    "jwt",
    "session",
    "cookie",
    "bearer",
];

/// Returns whether a name contains a word, in any case.
fn contains(name: &str, word: &str) -> bool {
    name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns whether a value with this name is a secret.
pub(crate) fn is_name(name: &str) -> bool {
    // Decoded as a server does: `%74oken` is `token`.
    let name: Cow<'_, str> = percent_decode_str(name).decode_utf8_lossy();
    let is = |word: &str| name.eq_ignore_ascii_case(word);
    SECRETS.iter().any(|secret| contains(&name, secret))
        || SIGNATURES.into_iter().any(is)
        // `api-key`, `AccountKey`, `tls.key`; `DB_PASS`.
        || ["key", "pass"].into_iter().any(|end| {
            name.len()
                .checked_sub(end.len())
                .and_then(|at| name.get(at..))
                .is_some_and(|rest| rest.eq_ignore_ascii_case(end))
        })
}
