//! Names that suggest a secret: what they name is recorded only if the user names it again.

use syn::Ident;

use crate::function::pattern::BoundVariable;

/// Parts of names that suggest a secret.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "credential",
    "cookie",
    "api_key",
    "apikey",
    "private_key",
    "privatekey",
    "access_key",
    "accesskey",
    "bearer",
    "jwt",
];

/// Whether a plain parameter may be a secret.
pub(crate) fn may_be_secret(name: &Ident) -> bool {
    looks_secret(name) || is_generated(name)
}

/// Whether a variable, or the field that it comes from, may be a secret.
pub(crate) fn may_come_from_secret(bound: &BoundVariable) -> bool {
    looks_secret(&bound.name) || bound.known_as.iter().any(looks_secret)
}

fn looks_secret(name: &Ident) -> bool {
    reads_like_a_secret(&name.to_string())
}

/// Whether a name suggests a secret.
pub(crate) fn reads_like_a_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// `__arg0`, which `#[async_trait]` calls a parameter after moving its pattern into the body. The name
/// does not show what it holds.
fn is_generated(name: &Ident) -> bool {
    let name = name.to_string();
    name.strip_prefix("__arg").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}
