//! Which headers are spoken.

use super::Reader;
use crate::propagation::{Propagator, Propagators};

impl Reader<'_> {
    /// A list of names, in any case; those that are not known are left out, and `none` is none at all.
    pub(super) fn propagators(&mut self) -> Propagators {
        const NAME: &str = "OTEL_PROPAGATORS";
        let Some(value) = self.text(NAME) else { return Propagators::default() };
        let names = value.split(',').map(|name| name.trim().to_ascii_lowercase());
        let (mut known, mut is_none) = (Vec::new(), false);
        for name in names.filter(|name| !name.is_empty()) {
            match Propagator::from_name(&name) {
                Some(propagator) => known.push(propagator),
                None if name == "none" => is_none = true,
                None => self.warn(
                    NAME,
                    &name,
                    "is none of tracecontext, baggage, b3, b3multi, jaeger, none",
                    "what else is listed",
                ),
            }
        }
        match (known.is_empty(), is_none) {
            (_, true) => [].into_iter().collect(),
            (true, false) => Propagators::default(),
            (false, false) => known.into_iter().collect(),
        }
    }
}
