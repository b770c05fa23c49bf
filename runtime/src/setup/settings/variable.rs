//! What Spanwise knows about an environment variable, in one row.

use super::reader::Reader;
use super::values::{OtlpSignalSettings, PipelineSettings, Signal};
use crate::setup::environment::{Lookup, non_empty};

/// An environment variable. Its name is written here and nowhere else.
///
/// A topic's file has a `static` for each; [`Variable::new`] has the fields that every variable needs.
pub(in crate::setup) struct Variable {
    /// For a variable that each signal can override, the general name: `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(in crate::setup) name: &'static str,
    pub(super) read: Read,
    /// The variable that applies where this one is unset. The general variable's `read` sets the values of each signal; this only names where a value came from.
    pub(super) fallback: Option<&'static Self>,
    /// The value in effect, for the doctor; `None` if the value is not in use. Without a function the doctor has no line for
    /// this variable.
    pub(in crate::setup) show: Option<fn(&Effective<'_>) -> Option<String>>,
    /// Where the value in effect comes from, if not as usual from the code, the environment, or the default.
    pub(in crate::setup) source: Option<fn(&Effective<'_>) -> Option<String>>,
    /// The signals that can override it.
    pub(super) signals: &'static [Signal],
    /// Its row in `docs/configuration.md`.
    #[cfg_attr(not(test), allow(dead_code, reason = "a test generates the table from it"))]
    pub(super) row: Documentation,
}

/// How a variable is read.
pub(super) enum Read {
    /// Once.
    Once(fn(&mut Reader<'_>, &mut PipelineSettings)),
    /// For each signal that is exported: the reader looks for the signal's name first, then for the general one.
    EachSignal(fn(&mut Reader<'_>, &mut OtlpSignalSettings)),
    /// Another variable reads it, where it needs it.
    ByAnother,
}

/// A row of the table in `docs/configuration.md`. All texts are Markdown.
#[cfg_attr(not(test), allow(dead_code, reason = "a test generates the table from it"))]
pub(super) struct Documentation {
    /// The [`Builder`](crate::Builder) methods that override it.
    pub(super) in_code: &'static [&'static str],
    /// The default, and the other values.
    pub(super) default: &'static str,
    /// What the variable is for.
    pub(super) used_by: &'static str,
    /// The tests, as `file::function` below `settings/tests/`.
    pub(super) tests: &'static [&'static str],
}

impl Variable {
    /// A variable that no signal overrides and that the doctor does not show.
    pub(super) const fn new(name: &'static str, read: Read, row: Documentation) -> Self {
        Self { name, read, fallback: None, show: None, source: None, signals: &[], row }
    }

    /// Its name for a signal, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or its only name.
    pub(in crate::setup) fn name_for(&self, signal: Option<Signal>) -> String {
        signal.map_or_else(|| self.name.to_owned(), |signal| super::reader::signal_name(self.name, signal))
    }

    /// The names that are looked up, the one that overrides the others first.
    pub(in crate::setup) fn names(&self, signal: Option<Signal>) -> Vec<String> {
        let mut names = vec![self.name_for(signal)];
        if signal.is_some() {
            names.push(self.name.to_owned());
        }
        names.extend(self.fallback.map(|fallback| fallback.name.to_owned()));
        names
    }

    /// The builder's methods that override it.
    #[cfg(test)]
    pub(in crate::setup) fn methods(&self) -> &'static [&'static str] {
        self.row.in_code
    }

    /// Whether it is one of these.
    pub(in crate::setup) fn is_in(&self, variables: &[&'static Self]) -> bool {
        variables.iter().any(|variable| variable.name == self.name)
    }

    /// Whether it is this variable that has that name, for any signal.
    pub(in crate::setup) fn is_called(&self, name: &str) -> bool {
        name == self.name || self.signals.iter().any(|signal| name == self.name_for(Some(*signal)))
    }
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What [`Variable::show`] and [`Variable::source`] look at.
pub(in crate::setup) struct Effective<'a> {
    pub(in crate::setup) settings: &'a PipelineSettings,
    /// The variables that the code overrides.
    pub(in crate::setup) overridden: &'a [&'static Variable],
    pub(in crate::setup) lookup: &'a Lookup<'a>,
    /// The service's name in the resource, and where it comes from.
    pub(in crate::setup) service_name: Option<(&'a str, &'a str)>,
    /// Whether the code provides an exporter of its own.
    pub(in crate::setup) has_custom_exporter: bool,
    /// The signal that is shown, for a variable that each can override.
    pub(in crate::setup) signal: Option<Signal>,
}

impl Effective<'_> {
    pub(in crate::setup) fn value_of(&self, name: &str) -> Option<String> {
        non_empty(self.lookup, name)
    }

    /// The value of the first of the names that is set.
    pub(in crate::setup) fn value(&self, variable: &Variable) -> Option<String> {
        variable.names(self.signal).iter().find_map(|name| self.value_of(name))
    }

    /// The settings of the signal that is shown; `None` if it is not exported.
    pub(super) fn otlp(&self) -> Option<&OtlpSignalSettings> {
        self.settings.signal(self.signal.unwrap_or(Signal::Traces))
    }
}
