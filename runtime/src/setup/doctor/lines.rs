//! The value in effect of each variable, and where it comes from.

use crate::diag::escaped;
use crate::setup::settings::topics::variables;
use crate::setup::settings::values::Signal;
use crate::setup::settings::variable::{Effective, Variable};
use crate::setup::traces_exporter::TracesExporter;

/// A line of the report.
#[derive(Debug)]
pub(super) struct ConfigurationLine {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) source: String,
}

/// A line for each variable that matters.
pub(super) fn configuration(mut all: Effective<'_>) -> Vec<ConfigurationLine> {
    let mut lines = Vec::new();
    for (variable, signal) in variables() {
        all.signal = signal;
        lines.extend(line(variable, &all));
    }
    lines
}

fn line(variable: &Variable, all: &Effective<'_>) -> Option<ConfigurationLine> {
    let show = variable.show?;
    let settings = all.settings;
    let names = variable.names(all.signal);
    let own = names.first()?;
    let set = names.iter().find(|name| all.value_of(name).is_some());
    let is_overridden = variable.is_in(all.overridden);
    match all.signal {
        Some(Signal::Traces) => {
            let is_exported =
                settings.exporters().contains(&TracesExporter::Otlp) && !all.has_custom_exporter;
            if !is_exported && set.is_none() && !is_overridden {
                return None;
            }
        }
        Some(Signal::Metrics) if settings.metrics.is_none() && all.value_of(own).is_none() => return None,
        _ => {}
    }
    let is_in_code = is_overridden && (all.signal != Some(Signal::Metrics) || settings.metrics.is_some());
    // People know the general name as the one for traces.
    let name = match all.signal {
        Some(Signal::Traces) => set.map_or(variable.name, String::as_str),
        _ => own,
    };
    let is_wrong = set.is_some_and(|name| settings.warnings.iter().any(|warning| warning.variable == *name));
    let source = variable.source.and_then(|source| source(all)).unwrap_or_else(|| match set {
        _ if is_in_code => "in the code".to_owned(),
        Some(_) if is_wrong => "environment, with a warning below".to_owned(),
        Some(set) if set == name => "environment".to_owned(),
        Some(set) => format!("environment, {set}"),
        None => "default".to_owned(),
    });
    let value = match show(all) {
        Some(value) => value,
        None if set.is_some() => "not used".to_owned(),
        None => return None,
    };
    Some(ConfigurationLine { name: name.to_owned(), value: escaped(&value), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A variable without a line of its own is the source of another's.
    #[test]
    fn each_variable_has_a_line_or_is_the_fallback_of_one() {
        for (variable, signal) in variables().filter(|(variable, _)| variable.show.is_none()) {
            let name = variable.name;
            let is_fallback = |(other, _): (&Variable, _)| {
                other.show.is_some() && other.names(signal).iter().any(|other| other == name)
            };
            assert!(variables().any(is_fallback), "{name}");
        }
    }
}
