//! How the collector serves requests.

use std::str::FromStr;
use std::time::Duration;

/// What happens to each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `healthy`: accepts it.
    #[default]
    Healthy,
    /// `unavailable`: refuses it for now. `UNAVAILABLE`; 503.
    Unavailable,
    /// `invalid`: refuses it for good. `INVALID_ARGUMENT`; 400.
    Invalid,
    /// `unauthenticated`: refuses it because a key is missing. `UNAUTHENTICATED`; 401.
    Unauthenticated,
    /// `exhausted <milliseconds>`: refuses it, and asks for a pause of this length.
    /// `RESOURCE_EXHAUSTED` with `RetryInfo`; 503 with `Retry-After`, in whole seconds.
    Exhausted(Duration),
    /// `exhausted-for-good`: the same without a pause. `RESOURCE_EXHAUSTED` alone, which OTLP/gRPC does not retry; 429
    /// alone, which OTLP/HTTP does.
    ExhaustedForGood,
    /// `partial <spans>`: accepts it, except for this many spans at the end.
    Partial(usize),
    /// `poison <grpc> <http>`: refuses it with these statuses if it has a span with the name `poison`, and accepts it otherwise.
    Poison { grpc: i32, http: u16 },
    /// `limit <bytes>`: refuses it if it is larger. `RESOURCE_EXHAUSTED`, in grpc-go's words; 400, in the words of Go's
    /// `http.MaxBytesReader`.
    Limit(usize),
    /// `limit-413 <bytes>`: the same as a proxy does it, with 413 over both protocols.
    LimitOfProxy(usize),
    /// `long`: accepts it, and the answer is longer than any collector's.
    Long,
    /// `redirect <status>`: redirects it to the same place, and accepts what comes there.
    Redirect(u16),
    /// `slow <milliseconds>`: accepts it after this time.
    Slow(Duration),
    /// `never`: reads it, and never answers.
    Never,
    /// `garbage`: accepts it; the answer says so, and its message is garbage.
    Garbage,
    /// `page`: a proxy in front of the collector answers 200 with a web page, and the collector does not see it.
    Page,
    /// `break`: resets the connection after the request has started to arrive.
    Break,
    /// `lose`: accepts it, and resets the connection in place of an answer.
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
            "poison" => {
                let (grpc, http) = argument.split_once(' ').ok_or("poison wants two statuses")?;
                let is_no_number = |error: std::num::ParseIntError| error.to_string();
                Self::Poison {
                    grpc: grpc.parse().map_err(is_no_number)?,
                    http: http.parse().map_err(is_no_number)?,
                }
            }
            "limit" => Self::Limit(usize::try_from(number()?).map_err(|error| error.to_string())?),
            "limit-413" => Self::LimitOfProxy(usize::try_from(number()?).map_err(|error| error.to_string())?),
            "long" => Self::Long,
            "redirect" => Self::Redirect(u16::try_from(number()?).map_err(|error| error.to_string())?),
            "slow" => Self::Slow(Duration::from_millis(number()?)),
            "never" => Self::Never,
            "garbage" => Self::Garbage,
            "page" => Self::Page,
            "break" => Self::Break,
            "lose" => Self::Lose,
            _ => return Err(format!("no such mode: {text:?}")),
        })
    }
}
