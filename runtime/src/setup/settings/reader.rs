//! Reads one variable at a time, and collects what is wrong with them.

use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::values::{ConfigWarning, MAX_DURATION, Signal};
use crate::diag::escaped;
use crate::setup::environment::{Lookup, non_empty};

/// The prefix of each variable that a signal can override.
const OTLP_PREFIX: &str = "OTEL_EXPORTER_OTLP_";

/// The name of a general OTLP variable for one signal.
pub(super) fn signal_name(general: &str, signal: Signal) -> String {
    general
        .strip_prefix(OTLP_PREFIX)
        .map_or_else(|| general.to_owned(), |ending| format!("{OTLP_PREFIX}{}{ending}", signal.infix()))
}

/// Reads one variable at a time: [`at`](Self::at) moves on to another.
pub(super) struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    general_name: &'static str,
    signal: Option<Signal>,
    pub(super) warnings: Vec<ConfigWarning>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a Lookup<'a>) -> Self {
        Self { lookup, general_name: "", signal: None, warnings: Vec::new() }
    }

    /// Moves to a variable, of a signal if each can override it.
    pub(super) fn at(&mut self, general_name: &'static str, signal: Option<Signal>) {
        self.general_name = general_name;
        self.signal = signal;
    }

    /// Reads another variable of the same signal.
    pub(super) fn beside<T>(&mut self, other: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        let here = std::mem::replace(&mut self.general_name, other);
        let value = read(self);
        self.general_name = here;
        value
    }

    pub(super) fn is_for(&self, signal: Signal) -> bool {
        self.signal == Some(signal)
    }

    fn own_name(&self) -> Option<String> {
        self.signal.map(|signal| signal_name(self.general_name, signal))
    }

    /// Whether it is the signal's own name that is set, rather than the general one.
    pub(super) fn is_own_name(&self) -> bool {
        self.own_name().is_some_and(|name| non_empty(self.lookup, &name).is_some())
    }

    /// The name that is set, or the general one.
    pub(super) fn name(&self) -> String {
        self.own_name().filter(|_| self.is_own_name()).unwrap_or_else(|| self.general_name.to_owned())
    }

    /// The value; `None` if it is unset or empty.
    pub(super) fn text(&self) -> Option<String> {
        let own = self.own_name().and_then(|name| non_empty(self.lookup, &name));
        own.or_else(|| non_empty(self.lookup, self.general_name))
    }

    /// Warns that a value is wrong, and what is used instead.
    pub(super) fn warn(&mut self, value: &str, problem: &str, instead: &str) {
        let name = self.name();
        self.warn_text(format!("{name}={:?} {problem}; using {instead}", escaped(value)));
    }

    /// Warns with a text that names the variable itself.
    pub(super) fn warn_text(&mut self, text: String) {
        self.warnings.push(ConfigWarning { variable: self.name(), text });
    }

    /// By the specification only `true` is true.
    pub(super) fn boolean(&mut self) -> bool {
        let Some(value) = self.text() else { return false };
        if value.eq_ignore_ascii_case("true") {
            return true;
        }
        if !value.eq_ignore_ascii_case("false") {
            self.warn(&value, "is not `true` or `false`", "`false`");
        }
        false
    }

    /// A whole number. One that does not fit its type becomes the largest that does.
    pub(super) fn number<T: WholeNumber>(&mut self, min: T, default: T) -> T {
        let Some(value) = self.text() else { return default };
        let number = match value.parse() {
            Ok(number) => Some(number),
            Err(_) => is_whole_number(&value).then_some(T::MAX),
        };
        match number {
            Some(number) if number >= min => number,
            _ => {
                let problem = format!("is not a whole number of at least {min}");
                self.warn(&value, &problem, &default.to_string());
                default
            }
        }
    }

    /// A delay in milliseconds, of at least one.
    pub(super) fn delay(&mut self, default: Duration) -> Duration {
        self.milliseconds(default).clamp(Duration::from_millis(1), MAX_DURATION)
    }

    /// A timeout in milliseconds; 0 means no timeout.
    pub(super) fn timeout(&mut self, default: Duration) -> Duration {
        match self.milliseconds(default) {
            Duration::ZERO => MAX_DURATION,
            other => other.min(MAX_DURATION),
        }
    }

    fn milliseconds(&mut self, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number(0, default))
    }

    /// A list, separated by commas, without empty entries.
    pub(super) fn list(&self) -> Option<Vec<String>> {
        let value = self.text()?;
        let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
        Some(parts.map(ToOwned::to_owned).collect())
    }
}

/// A type that [`Reader::number`] reads.
pub(super) trait WholeNumber: FromStr + Copy + std::fmt::Display + PartialOrd {
    const MAX: Self;
}

impl WholeNumber for u32 {
    const MAX: Self = Self::MAX;
}

impl WholeNumber for u64 {
    const MAX: Self = Self::MAX;
}

impl WholeNumber for usize {
    const MAX: Self = Self::MAX;
}

/// Whether this is a whole number, of any size.
pub(super) fn is_whole_number(value: &str) -> bool {
    let digits = value.strip_prefix('+').unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The pairs of `key=value,key=value`, percent-decoded; `None` if one is malformed.
/// Whether a list is one of `OTEL_RESOURCE_ATTRIBUTES`, in which each `%` begins a code
/// ([specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable)).
pub(super) fn is_resource(list: &str) -> bool {
    let is_encoded = |text: &str| {
        text.split('%')
            .skip(1)
            .all(|code| code.get(..2).is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit())))
    };
    let mut given = list.split(',').filter(|pair| !pair.trim().is_empty());
    given.all(is_encoded) && pairs(list).is_some()
}

pub(super) fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    list.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let decoded = |text: &str| Some(percent_decode_str(text.trim()).decode_utf8().ok()?.into_owned());
            let key = decoded(key)?;
            if key.is_empty() { None } else { Some((key, decoded(value)?)) }
        })
        .collect()
}
