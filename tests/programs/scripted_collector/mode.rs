//! How the collector serves those who reach it.

use std::str::FromStr;
use std::time::Duration;

/// What is done with each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `healthy`: it is taken.
    #[default]
    Healthy,
    /// `unavailable`: refused for now. `UNAVAILABLE`; 503.
    Unavailable,
    /// `invalid`: refused for good. `INVALID_ARGUMENT`; 400.
    Invalid,
    /// `unauthenticated`: refused for want of a key. `UNAUTHENTICATED`; 401.
    Unauthenticated,
    /// `exhausted <milliseconds>`: refused, with the wish to be left alone for so long.
    /// `RESOURCE_EXHAUSTED` with `RetryInfo`; 503 with `Retry-After`, in whole seconds.
    Exhausted(Duration),
    /// `exhausted-for-good`: the same without the wish. `RESOURCE_EXHAUSTED` alone, which OTLP/gRPC takes
    /// as for good; 429 alone, which OTLP/HTTP does not.
    ExhaustedForGood,
    /// `partial <spans>`: taken but for so many spans, the last of it.
    Partial(usize),
    /// `never`: read, and never answered.
    Never,
    /// `garbage`: taken; the answer says so and its message is nonsense.
    Garbage,
    /// `page`: not the collector answers but something before it, with a page for people: 200, and no word
    /// of OTLP.
    Page,
    /// `break`: the connection is reset when the request has begun to arrive.
    Break,
    /// `lose`: taken, and the connection is reset in place of an answer.
    Lose,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, argument) = text.split_once(' ').unwrap_or((text, ""));
        let number = || argument.parse().map_err(|_| format!("{name:?} wants a number, not {argument:?}"));
        Ok(match name {
            "healthy" => Self::Healthy,
            "unavailable" => Self::Unavailable,
            "invalid" => Self::Invalid,
            "unauthenticated" => Self::Unauthenticated,
            "exhausted" => Self::Exhausted(Duration::from_millis(number()?)),
            "exhausted-for-good" => Self::ExhaustedForGood,
            "partial" => Self::Partial(usize::try_from(number()?).map_err(|error| error.to_string())?),
            "never" => Self::Never,
            "garbage" => Self::Garbage,
            "page" => Self::Page,
            "break" => Self::Break,
            "lose" => Self::Lose,
            _ => return Err(format!("no such mode: {text:?}")),
        })
    }
}
