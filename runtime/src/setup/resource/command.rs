//! How the process was called, without credentials as far as they can be told.

use std::borrow::Cow;

use super::detector::{Absent, Found};
use super::surroundings::Surroundings;
use crate::secret;

/// How many arguments are recorded, and how many characters of each.
const MOST_ARGUMENTS: usize = 128;
const LONGEST_ARGUMENT: usize = 1024;

const REDACTED: &str = "REDACTED";

pub(super) fn detect(here: &Surroundings<'_>) -> Result<Found, Absent> {
    let Some(command) = here.arguments.first() else {
        return Err(Absent::NotHere("the process was called without a name".into()));
    };
    let arguments: Vec<String> = redacted(&here.arguments)
        .take(MOST_ARGUMENTS)
        .map(|argument| argument.chars().take(LONGEST_ARGUMENT).collect())
        .collect();
    Ok(Found::default().text("process.command", command.clone()).value("process.command_args", arguments))
}

/// The arguments without the values of what reads like a credential.
fn redacted(arguments: &[String]) -> impl Iterator<Item = Cow<'_, str>> {
    arguments.iter().enumerate().map(|(at, argument)| {
        // The command itself is no flag.
        let before = at.checked_sub(1).filter(|before| *before > 0).map(|before| &arguments[before]);
        if before.is_some_and(|flag| asks_for_a_secret(flag)) {
            return REDACTED.into();
        }
        without_credentials(argument)
    })
}

/// Whether an argument is a flag whose value, in the argument after it, is a secret: `--password`, or `/password`, which a path is not.
fn asks_for_a_secret(flag: &str) -> bool {
    let name = flag.strip_prefix('/').filter(|rest| !rest.contains('/'));
    let name = name.or_else(|| flag.strip_prefix('-')).map(|name| name.trim_start_matches('-'));
    name.is_some_and(|name| !name.contains(['=', ':']) && secret::is_name(name))
}

/// One argument by itself: from a secret's value on to the end nothing is left, and of a URL no credentials.
pub(in crate::setup) fn without_credentials(argument: &str) -> Cow<'_, str> {
    let value = argument.match_indices(['=', ':']).find_map(|(at, _)| {
        let names = argument[..at].trim_end_matches(['"', '\'', ' ']);
        let name = names.rsplit([' ', ',', ';', '&', '?', '{', '"', '\'', '=']).next()?;
        secret::is_name(name.trim_start_matches(['-', '/'])).then_some(at + 1)
    });
    let (kept, end) = match value {
        Some(at) if at < argument.len() => (&argument[..at], REDACTED),
        _ => (argument, ""),
    };
    let mut rest = kept;
    let mut told = String::new();
    while let Some((before, after)) = rest.split_once("://") {
        let authority = authority(after);
        told.push_str(before);
        told.push_str("://");
        rest = match authority.rsplit_once('@') {
            Some((credentials, _)) => {
                told.push_str("REDACTED:REDACTED");
                &after[credentials.len()..]
            }
            None => after,
        };
    }
    if told.is_empty() && end.is_empty() {
        return argument.into();
    }
    told.push_str(rest);
    told.push_str(end);
    told.into()
}

/// What is between `://` and the path. A password may have in it what ends an authority elsewhere.
fn authority(after: &str) -> &str {
    let until = |ends: &[char]| after.split(ends).next().unwrap_or_default();
    let plain = until(&['/', '?', '#', ' ', '"']);
    let is_host = match plain.rsplit_once(':') {
        Some((_, port)) => port.bytes().all(|byte| byte.is_ascii_digit()) || plain.ends_with(']'),
        None => true,
    };
    if plain.contains('@') || is_host { plain } else { until(&[' ', '"']) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        redacted(&arguments).map(Cow::into_owned).collect()
    }

    #[test]
    fn values_that_read_like_secrets_are_replaced() {
        for (argument, told) in [
            ("--password=hunter2", "--password=REDACTED"),
            ("--db.api-key=x=y", "--db.api-key=REDACTED"),
            ("-Djavax.net.ssl.keyStorePassword=x", "-Djavax.net.ssl.keyStorePassword=REDACTED"),
            ("Authorization: Bearer x", "Authorization:REDACTED"),
            ("host=db user=u password=x sslmode=off", "host=db user=u password=REDACTED"),
            ("{\"user\": \"u\", \"token\": \"x\"}", "{\"user\": \"u\", \"token\":REDACTED"),
            ("postgres://u:p@db:5432/orders", "postgres://REDACTED:REDACTED@db:5432/orders"),
            (
                "--at=redis://:p@a:1,redis://:p@b:2",
                "--at=redis://REDACTED:REDACTED@a:1,redis://REDACTED:REDACTED@b:2",
            ),
            (
                "https://u:p@s3/b?X-Amz-Signature=x&y=1",
                "https://REDACTED:REDACTED@s3/b?X-Amz-Signature=REDACTED",
            ),
            ("https://x/?sig=a", "https://x/?sig=REDACTED"),
            ("amqp://u:p,w;x'y@mq", "amqp://REDACTED:REDACTED@mq"),
            ("redis://:abc/def+==@host/1", "redis://REDACTED:REDACTED@host/1"),
            (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=s3cret==",
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=REDACTED",
            ),
            ("DB_PASS=hunter2", "DB_PASS=REDACTED"),
            ("--tls.key=x", "--tls.key=REDACTED"),
            ("Cookie: sid=1", "Cookie:REDACTED"),
            // A password with what ends an authority elsewhere goes as far as the last sign of one.
            ("amqp://u:p@ss@mq", "amqp://REDACTED:REDACTED@mq"),
        ] {
            assert_eq!(shown(&["program", argument]), ["program", told]);
        }
        assert_eq!(
            shown(&["p", "--token", "x", "--verbose", "--secret", "--api-key", "y", "z"]),
            ["p", "--token", "REDACTED", "--verbose", "--secret", "REDACTED", "REDACTED", "z"]
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        let plain = [
            "/usr/bin/token-service",
            "serve",
            "--port=8080",
            "-v",
            "C:\\data\\x",
            "a@b.example",
            "é=ü",
            "https://x:1/y?page=2",
            "https://[::1]:8080/a@b",
        ];
        assert_eq!(shown(&plain), plain);
        assert_eq!(shown(&["p", "--token="]), ["p", "--token="]);
    }

    #[test]
    fn few_arguments_and_few_characters_are_recorded() {
        let arguments: Vec<String> = std::iter::repeat_n("é".repeat(5000), 1000).collect();
        let here = Surroundings { arguments, ..Surroundings::here(&|_| None, None) };
        let found = detect(&here).expect("found");
        let list = crate::value::find(&found.0, "process.command_args").expect("a list").clone();
        let opentelemetry::Value::Array(opentelemetry::Array::String(list)) = list else {
            panic!("{list:?}")
        };
        assert_eq!((list.len(), list[0].as_str().chars().count()), (128, 1024));
    }

    proptest! {
        #[test]
        fn a_password_never_shows(name in "[a-z-]{0,8}", secret in "[0-9]{6,12}", rest in ".{0,20}") {
            prop_assume!(!rest.contains(&secret) && !name.contains(&secret));
            let pair = format!("--{name}password={secret}{rest}");
            let url = format!("--url=https://{name}:{secret}@host/{name}");
            let told = shown(&["p", &pair, &url, "--access-token", &secret, &rest]).join("\n");
            prop_assert!(!told.contains(&secret), "{}", told);
        }
    }
}
