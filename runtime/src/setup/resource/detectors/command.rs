//! The command line, without the credentials that can be recognized.

use std::borrow::Cow;

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;
use crate::secret::{self, REDACTED};

/// How many arguments are recorded.
const MAX_ARGUMENTS: usize = 128;
/// How many characters of an argument are recorded.
const MAX_ARGUMENT_LENGTH: usize = 1024;

/// What may follow `-p` of a flag that is written with one dash, without the `p`.
const WORDS_WITH_P: &[&str] = &[
    "ackage",
    "ackages",
    "age",
    "arallel",
    "arams",
    "arser",
    "ath",
    "ause",
    "eer",
    "eers",
    "id",
    "idfile",
    "ing",
    "ipe",
    "latform",
    "lugin",
    "lugins",
    "olicy",
    "ool",
    "ort",
    "orts",
    "refer",
    "refix",
    "retty",
    "rint",
    "riority",
    "rocess",
    "rod",
    "roduction",
    "rofile",
    "rogress",
    "roject",
    "rops",
    "roto",
    "rotocol",
    "rovider",
    "roxy",
    "ub",
    "ublic",
    "ublish",
    "ull",
    "ush",
];

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    let Some(command) = here.arguments.first() else {
        return Err(Absent::NotHere("the command line is empty".into()));
    };
    let arguments: Vec<String> = redacted(&here.arguments)
        .take(MAX_ARGUMENTS)
        .map(|argument| argument.chars().take(MAX_ARGUMENT_LENGTH).collect())
        .collect();
    Ok(Found::default().text("process.command", command.clone()).value("process.command_args", arguments))
}

/// The arguments, with secrets replaced.
fn redacted(arguments: &[String]) -> impl Iterator<Item = Cow<'_, str>> {
    arguments.iter().enumerate().map(|(at, argument)| {
        // The command itself is not a flag.
        let before = at.checked_sub(1).filter(|before| *before > 0).map(|before| &arguments[before]);
        if before.is_some_and(|flag| precedes_a_secret(flag)) {
            return REDACTED.into();
        }
        match without_short_password(argument) {
            Cow::Borrowed(argument) => without_credentials(argument),
            owned => owned,
        }
    })
}

/// Whether an argument is a flag whose value, the next argument, is a secret: `--password` or `/password`, but not a path.
fn precedes_a_secret(flag: &str) -> bool {
    let name = flag.strip_prefix('/').filter(|rest| !rest.contains('/'));
    let name = name.or_else(|| flag.strip_prefix('-')).map(|name| name.trim_start_matches('-'));
    name.is_some_and(|name| !name.contains(['=', ':']) && secret::is_name(name))
}

/// Replaces secrets in one argument: everything from a secret's value to the end, and the credentials of URLs.
pub(in crate::setup) fn without_credentials(argument: &str) -> Cow<'_, str> {
    let value = argument.match_indices(['=', ':']).find_map(|(at, _)| {
        let names = argument[..at].trim_end_matches(['"', '\'', ' ']);
        let name = names.rsplit([' ', ',', ';', '&', '?', '{', '"', '\'', '=', ':', '@', '(']).next()?;
        secret::is_name(name.trim_start_matches(['-', '/'])).then_some(at + 1)
    });
    let (kept, end) = match value {
        Some(at) if at < argument.len() => (&argument[..at], REDACTED),
        _ => (argument, ""),
    };
    // A URL within a URL, for instance.
    if end.is_empty() && argument.contains('%') && secret::is_in(argument) {
        let name = argument.find('=').map_or("", |at| &argument[..=at]);
        return format!("{name}{REDACTED}").into();
    }
    let kept = match without_bare_credentials(kept) {
        Cow::Borrowed(kept) => secret::without_credentials(kept),
        owned => owned,
    };
    if end.is_empty() { kept } else { format!("{kept}{end}").into() }
}

/// `user:password@tcp(host)/db`, or `user/password@host`: credentials without the scheme of a URL.
fn without_bare_credentials(argument: &str) -> Cow<'_, str> {
    let from = argument.find('=').map_or(0, |at| at + 1);
    let (flag, value) = argument.split_at(from);
    match value.rsplit_once('@') {
        Some((credentials, place))
            if !place.is_empty()
                && !place.starts_with("sha256:")
                && !credentials.contains("://")
                && !credentials.contains(' ')
                && credentials.split_once(':').is_some_and(|(user, password)| {
                    !user.is_empty() && !password.is_empty() && !user.contains(['/', '\\'])
                }) =>
        {
            format!("{flag}REDACTED:REDACTED@{place}").into()
        }
        _ => argument.into(),
    }
}

/// `-pSECRET`, as clients of MySQL take it. Ports and words that begin with `p` are no secrets.
fn without_short_password(argument: &str) -> Cow<'_, str> {
    let Some(rest) = argument.strip_prefix("-p").filter(|rest| !rest.is_empty()) else {
        return argument.into();
    };
    let word = rest.split(['=', ':']).next().unwrap_or_default();
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = WORDS_WITH_P
        .iter()
        .any(|known| *known == word || word.strip_prefix(known).is_some_and(|rest| rest.starts_with('-')));
    if is_number || is_word { argument.into() } else { format!("-p{REDACTED}").into() }
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
    fn values_that_look_secret_are_replaced() {
        for (argument, expected) in [
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
            ("-phunter2", "-pREDACTED"),
            ("user:pw@tcp(host:3306)/db", "REDACTED:REDACTED@tcp(host:3306)/db"),
            ("--dsn=user:pw@tcp(host)/db?parse=1", "--dsn=REDACTED:REDACTED@tcp(host)/db?parse=1"),
            ("scott:tiger@orcl", "REDACTED:REDACTED@orcl"),
            ("--url=https://x/?next=https%3A%2F%2Fy%2F%3Ftoken%3Dabc", "--url=REDACTED"),
            // A password may contain `@`: the last one ends it.
            ("amqp://u:p@ss@mq", "amqp://REDACTED:REDACTED@mq"),
        ] {
            assert_eq!(shown(&["program", argument]), ["program", expected]);
        }
        assert_eq!(
            shown(&["p", "--token", "x", "--verbose", "--secret", "--api-key", "y", "z"]),
            ["p", "--token", "REDACTED", "--verbose", "--secret", "REDACTED", "REDACTED", "z"]
        );
        assert_eq!(
            shown(&["p", "--pw", "x", "--pat", "y", "-pwd", "z"]),
            ["p", "--pw", "REDACTED", "--pat", "REDACTED", "-pREDACTED", "REDACTED"]
        );
    }

    #[test]
    fn other_values_are_kept() {
        let plain = [
            "/usr/bin/token-service",
            "serve",
            "--port=8080",
            "-v",
            "C:\\data\\x",
            "a@b.example",
            "-p8080",
            "-profile=release",
            "-port:1",
            "registry/image:tag@sha256:abc",
            "git@github.com:owner/name",
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
        let here = HostView { arguments, ..HostView::of_this_process(&|_| None, None) };
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
            let shown = shown(&["p", &pair, &url, "--access-token", &secret, &rest]).join("\n");
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }
}
