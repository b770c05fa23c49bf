//! Which propagators are used.

use super::reader::Reader;
use super::variable::{Documentation, Read, Variable};
use crate::propagation::{Propagator, Propagators};
use crate::setup::builder::Builder;

pub(super) static VARIABLES: &[&Variable] = &[&PROPAGATORS];

static PROPAGATORS: Variable = Variable {
    show: Some(|all| {
        let names: Vec<_> = all.settings.propagators.iter().map(|propagator| propagator.name()).collect();
        Some(if names.is_empty() { "none".to_owned() } else { names.join(",") })
    }),
    ..Variable::new(
        "OTEL_PROPAGATORS",
        Read::Once(|reader, settings| settings.propagators = read(reader)),
        Documentation {
            in_code: &["propagators"],
            default: Propagator::DOCUMENTED_NAMES,
            used_by: "`Client`, `ServerLayer`, and the global propagator",
            tests: &["general::propagators"],
        },
    )
};

/// A list of names, in any case. `none` disables propagation; unknown names are skipped.
fn read(reader: &mut Reader<'_>) -> Propagators {
    let Some(names) = reader.list() else { return Propagators::default() };
    let (mut known, mut is_none) = (Vec::new(), false);
    for name in names.iter().map(|name| name.to_ascii_lowercase()) {
        match Propagator::from_name(&name) {
            Some(propagator) => known.push(propagator),
            None if name == "none" => is_none = true,
            None => {
                let problem = match name.as_str() {
                    "xray" => {
                        "is not supported, and no longer needed: AWS X-Ray accepts the ids of `tracecontext`, and \
                         load balancers forward that header"
                    }
                    "ottrace" => "is OpenTracing's and deprecated; its tracers also accept `b3`",
                    _ => Propagator::UNKNOWN_NAME,
                };
                reader.warn(&name, problem, "the rest of the list");
            }
        }
    }
    if is_none && !known.is_empty() {
        reader.warn(&names.join(","), "lists `none` with others", "none");
    }
    match (known.is_empty(), is_none) {
        (_, true) => [].into_iter().collect(),
        (true, false) => Propagators::default(),
        (false, false) => known.into_iter().collect(),
    }
}

impl Builder {
    /// Sets the propagators: the header formats that carry the trace between services. Overrides `OTEL_PROPAGATORS`.
    ///
    /// All of them are injected. When several can be extracted, the last one in the list wins. An empty list disables
    /// propagation.
    ///
    /// ```
    /// use spanwise::Propagator;
    ///
    /// let builder = spanwise::builder().propagators([Propagator::B3, Propagator::TraceContext, Propagator::Baggage]);
    /// ```
    pub fn propagators(self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        let propagators = propagators.into_iter().collect();
        self.override_with(&PROPAGATORS, |settings| settings.propagators = propagators)
    }
}
