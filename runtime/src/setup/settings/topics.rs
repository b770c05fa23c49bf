//! The list of all variables, in the order in which they are read, documented, and shown by the doctor.

use super::reader::Reader;
use super::values::{PipelineSettings, Signal};
use super::variable::{Read, Variable};
use super::{exporters, general, limits, metrics, otlp, propagators, queue, sampler};
use crate::setup::environment::Lookup;

/// Variables that belong together, and the signal that they are read for if each signal can override them.
type Topic = (&'static [&'static Variable], Option<Signal>);

/// One line for each topic. The variables of OTLP are read for traces, and again for metrics if those are exported.
const TOPICS: [Topic; 9] = [
    (general::VARIABLES, None),
    (propagators::VARIABLES, None),
    (sampler::VARIABLES, None),
    (queue::VARIABLES, None),
    (limits::VARIABLES, None),
    (exporters::VARIABLES, None),
    (otlp::VARIABLES, Some(Signal::Traces)),
    (metrics::VARIABLES, None),
    (otlp::VARIABLES, Some(Signal::Metrics)),
];

/// Every variable, with the signal that it is read for.
pub(in crate::setup) fn variables() -> impl Iterator<Item = (&'static Variable, Option<Signal>)> {
    TOPICS
        .into_iter()
        .flat_map(|(variables, signal)| variables.iter().map(move |variable| (*variable, signal)))
        .filter(|(variable, signal)| signal.is_none_or(|signal| variable.signals.contains(&signal)))
}

/// Reads every variable.
pub(in crate::setup) fn read_all(lookup: &Lookup<'_>) -> PipelineSettings {
    let mut settings = PipelineSettings::default();
    let mut reader = Reader::new(lookup);
    for (variable, signal) in variables() {
        reader.at(variable.name, signal);
        match variable.read {
            Read::Once(read) => read(&mut reader, &mut settings),
            Read::EachSignal(read) => {
                if let Some(otlp) = signal.and_then(|signal| settings.signal_mut(signal)) {
                    read(&mut reader, otlp);
                }
            }
            Read::ByAnother => {}
        }
    }
    settings.warnings.append(&mut reader.warnings);
    settings
}
