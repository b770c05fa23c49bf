//! What is a credential, by its name. One list for all that may show or pass on a value: the query of a URL, headers, redirects, command
//! lines, messages.
//!
//! A name is taken apart into its words, at separators, at digits and where small letters are followed by a large one: `dbPass2` is
//! `db`, `pass`. Long words of secrets are found anywhere in a name, whatever separates their letters; short ones only as a word.
//! [`ALLOWED`] and [`ALLOWED_PAIRS`] are what would be a false alarm.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Found anywhere in a name without its separators.
const LONG: &[&str] = &[
    "token",
    "secret",
    "signature",
    "password",
    "passphrase",
    "passwd",
    "passcode",
    "apikey",
    "accesskey",
    "credential",
    "auth",
    "bearer",
    "session",
    "cookie",
    "hmac",
    "jwt",
];

/// Found as a word of a name.
const SHORT: &[&str] = &[
    "key", "pass", "pwd", "pw", "sig", "sid", "otp", "totp", "pin", "pat", "csrf", "xsrf", "nonce", "ticket",
    "code", "cert", "pem", "saml", "oauth", "mfa", "cvv", "cvc",
];

/// Words at the end of a word: `accountkey`, `dbpass`.
const ENDINGS: &[&str] = &["key", "pass", "pwd"];

/// Words that only look like those of a secret.
const ALLOWED: &[&str] = &[
    "author",
    "authors",
    "authored",
    "authority",
    "authorities",
    "coauthor",
    "secretary",
    "secretariat",
    "monkey",
    "turkey",
    "donkey",
    "hockey",
    "jockey",
    "whiskey",
    "compass",
    "bypass",
    "overpass",
    "surpass",
    "trespass",
];

/// A word that is no secret beside one of these: the code of a country, the key by which a list is sorted.
const ALLOWED_PAIRS: &[(&str, &[&str])] = &[
    (
        "code",
        &[
            "country", "status", "error", "exit", "response", "return", "result", "reason", "zip", "postal",
            "post", "area", "region", "state", "city", "language", "lang", "locale", "currency", "product",
            "item", "category", "article", "tax", "color", "unit", "type", "airport", "airline", "phone",
            "dial", "bar", "qr", "source", "op", "http", "grpc", "function", "file", "line", "column",
            "char", "key",
        ],
    ),
    (
        "key",
        &[
            "public",
            "primary",
            "foreign",
            "sort",
            "order",
            "group",
            "partition",
            "routing",
            "cache",
            "row",
            "column",
            "object",
            "idempotency",
            "message",
            "translation",
            "i18n",
            "code",
            "press",
            "board",
        ],
    ),
    ("pin", &["map", "board", "gpio", "code"]),
    ("ticket", &["support", "number", "count", "type", "price"]),
    ("cert", &["expiry", "count"]),
    ("credential", &["allow"]),
];

/// How often a name is decoded: `%2574oken` is `%74oken` is `token`.
const MAX_DECODINGS: usize = 3;

/// Whether a value with this name is a secret.
pub(crate) fn is_name(name: &str) -> bool {
    let name = decoded(name);
    let words = words(&name);
    let is_allowed = |word: &str, found: &str| {
        ALLOWED.contains(&word)
            || ALLOWED_PAIRS.iter().any(|(secret, beside)| {
                *secret == found && words.iter().any(|other| other != word && beside.contains(&&**other))
            })
    };
    let rest: String = words.iter().filter(|word| !ALLOWED.contains(&&***word)).map(|word| &**word).collect();
    let is_long = LONG.iter().any(|secret| rest.contains(secret) && !is_allowed("", secret));
    is_long
        || words.iter().any(|word| {
            let singular = word.strip_suffix('s').unwrap_or(word);
            let found = SHORT.iter().find(|short| word == *short || singular == **short);
            let found = found.or_else(|| ENDINGS.iter().find(|end| word.ends_with(*end)));
            found.is_some_and(|found| !is_allowed(word, found))
        })
}

/// What stands for a value that is not shown.
pub(crate) const REDACTED: &str = "REDACTED";

/// Whether a text has a value in it whose name is that of a secret, or credentials of a URL: `https://x/?token=abc`, decoded or not.
#[cfg(any(feature = "otlp", feature = "client"))]
pub(crate) fn is_in(text: &str) -> bool {
    is_in_by(text, &is_name)
}

/// The same with another rule for names.
pub(crate) fn is_in_by(text: &str, is_secret: &dyn Fn(&str) -> bool) -> bool {
    let text = decoded(text);
    let has_credentials = text.match_indices("://").any(|(at, _)| {
        authority(&text[at + 3..])
            .rsplit_once('@')
            .is_some_and(|(credentials, _)| !credentials.starts_with(REDACTED))
    });
    has_credentials
        || text.split(['?', '&', ';', '#', ' ', ',', '{']).any(|pair| {
            let Some((name, value)) = pair.split_once(['=', ':']) else { return false };
            let is_shown = !value.is_empty() && value != REDACTED && !value.starts_with("//");
            is_shown && is_secret(name)
        })
}

/// Replaces the credentials of the URLs in a text.
pub(crate) fn without_credentials(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut redacted = String::new();
    while let Some((before, after)) = rest.split_once("://") {
        redacted.push_str(before);
        redacted.push_str("://");
        rest = match authority(after).rsplit_once('@') {
            Some((credentials, _)) => {
                redacted.push_str("REDACTED:REDACTED");
                &after[credentials.len()..]
            }
            None => after,
        };
    }
    if redacted.is_empty() {
        return text.into();
    }
    redacted.push_str(rest);
    redacted.into()
}

/// The part between `://` and the path. A password in it may contain characters that usually end it.
fn authority(after: &str) -> &str {
    let until = |ends: &[char]| after.split(ends).next().unwrap_or_default();
    let plain = until(&['/', '?', '#', ' ', '"']);
    let is_host = match plain.rsplit_once(':') {
        Some((_, port)) => port.bytes().all(|byte| byte.is_ascii_digit()) || plain.ends_with(']'),
        None => true,
    };
    if plain.contains('@') || is_host { plain } else { until(&[' ', '"']) }
}

/// Decodes a text again and again, as servers behind one another may do.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_DECODINGS {
        match percent_decode_str(&text).decode_utf8_lossy() {
            Cow::Borrowed(_) => break,
            Cow::Owned(decoded) if decoded == *text => break,
            Cow::Owned(decoded) => text = Cow::Owned(decoded),
        }
    }
    text
}

/// The words of a name in lowercase, by separators, digits and the case of letters. A word in mixed case is there as a whole, too.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|character: char| !character.is_alphabetic()).filter(|part| !part.is_empty()) {
        let characters: Vec<char> = part.chars().collect();
        let starts_word = |at: usize| {
            let is_upper = |at: usize| characters.get(at).is_some_and(|character| character.is_uppercase());
            let is_lower = |at: usize| characters.get(at).is_some_and(|character| character.is_lowercase());
            // `dbPass`, and the last letter of `HTTPServer`'s first four.
            is_upper(at) && (is_lower(at - 1) || (is_upper(at - 1) && is_lower(at + 1)))
        };
        let lower = |characters: &[char]| -> String {
            characters.iter().flat_map(|one| one.to_lowercase()).collect()
        };
        let mut from = 0;
        let mut of_part = Vec::new();
        for at in 1..characters.len() {
            if starts_word(at) {
                of_part.push(lower(&characters[from..at]));
                from = at;
            }
        }
        of_part.push(lower(&characters[from..]));
        if of_part.len() > 1 && SHORT.contains(&&*lower(&characters)) {
            // `PiN`
            of_part = vec![lower(&characters)];
        }
        words.append(&mut of_part);
    }
    words
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_secrets_are_recognized() {
        for name in [
            "token",
            "access_token",
            "X-Csrf-Token",
            "x-amz-security-token",
            "apiKey",
            "api_key",
            "api-key",
            "API.KEY",
            "AccountKey",
            "tls.key",
            "DB_PASS",
            "dbpass",
            "private_key_pem",
            "password1",
            "pass_word",
            "PiN",
            "pin",
            "user_pin",
            "userPin",
            "otp2",
            "sid",
            "connect.sid",
            "sig",
            "X-Amz-Signature",
            "AWSAccessKeyId",
            "hmac_sha256",
            "passcode",
            "ticket",
            "code",
            "auth_code",
            "oauth_verifier",
            "authorization",
            "Authorization",
            "authenticate",
            "jwt",
            "%74oken",
            "%2574oken",
            "id_token_hint",
            "session_id",
            "JSESSIONID",
            "cookie",
            "saml_response",
            "pat",
            "pw",
        ] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for name in [
            "",
            "page",
            "q",
            "author",
            "author_id",
            "authors",
            "authority",
            "pinned",
            "spin",
            "opinion",
            "country_code",
            "countryCode",
            "status.code",
            "zipcode",
            "exit-code",
            "sort_key",
            "primaryKey",
            "partition.key",
            "idempotency-key",
            "monkey",
            "keyboard",
            "keyword",
            "passenger",
            "compass",
            "patch",
            "path",
            "pattern",
            "ticket_count",
            "sidebar",
            "inside",
            "codec",
            "decode",
            "signal",
            "design",
            "certain",
            "user",
            "order.id",
            "access-control-allow-credentials",
            "épée",
            "日本",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn secrets_within_a_text_are_found() {
        for text in [
            "https://x/?token=abc",
            "https%3A%2F%2Fx%2F%3Ftoken%3Dabc",
            "https%253A%252F%252Fx%252F%253Ftoken%253Dabc",
            "https://user:pw@x/",
            "postgres://user:p/w@x/db",
            "a=1;password=2",
            "{\"token\":\"x\"}",
        ] {
            assert!(is_in(text), "{text}");
        }
        for text in ["https://x/?page=2", "/orders/7?sort=a", "token", "", "12:30", "a=b&c=d"] {
            assert!(!is_in(text), "{text}");
        }
    }

    proptest! {
        /// In any case, with any separator, at any place, encoded once or twice.
        #[test]
        fn a_word_of_a_secret_is_found_wherever_it_is(
            word in prop_oneof![proptest::sample::select(LONG), proptest::sample::select(SHORT)],
            upper in any::<u32>(),
            separator in "[-_. :/]",
            before in "(x|user|my|qq)?",
            after in "(2|id|value|zz)?",
            encodings in 0..3,
        ) {
            let word: String = word.chars().enumerate().map(|(at, character)| {
                if upper >> (at % 32) & 1 == 1 { character.to_ascii_uppercase() } else { character }
            }).collect();
            let mut name = format!("{before}{separator}{word}{separator}{after}");
            for _ in 0..encodings {
                name = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
            }
            prop_assert!(is_name(&name), "{name}");
        }

        /// The letters of a long word may have others around them, and separators between them.
        #[test]
        fn a_long_word_is_found_within_another(
            word in proptest::sample::select(LONG),
            at in 0..5_usize,
            separator in "[-_.]?",
            before in "[a-z]{0,3}",
            after in "[a-z0-9]{0,3}",
        ) {
            let at = at.min(word.len());
            let name = format!("{before}{}{separator}{}{after}", &word[..at], &word[at..]);
            // `auth` followed by `or` is an author.
            prop_assume!(!name.contains("author"));
            prop_assert!(is_name(&name), "{name}");
        }

        #[test]
        fn any_name_is_harmless(name in ".{0,40}") {
            is_name(&name);
            is_in(&name);
        }
    }
}
