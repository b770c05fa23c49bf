//! What reads like the name of a secret: of a query parameter, a flag, a field.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Of the conventions' list, by which signed URLs of the large clouds are safe to record, those that the words below do
/// not cover. Compared without regard to case, as all names here.
const SIGNATURES: [&str; 3] = ["awsaccesskeyid", "sig", "x-amz-credential"];

/// What the names of secrets have in them; the other signatures of the conventions' list among them.
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

/// Whether a name has a word in it, in any case.
fn contains(name: &str, word: &str) -> bool {
    name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether what has this name is a secret.
pub(crate) fn is_name(name: &str) -> bool {
    // As a server reads it: `%74oken` is `token`.
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
