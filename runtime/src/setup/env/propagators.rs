//! Which headers are spoken.

use super::Reader;
use crate::propagation::{Propagator, Propagators};

impl Reader<'_> {
    /// A list of names, in any case; those that are not known are left out, and `none` is none at all.
    pub(super) fn propagators(&mut self) -> Propagators {
        const NAME: &str = "OTEL_PROPAGATORS";
        let Some(names) = self.list(NAME) else { return Propagators::default() };
        let (mut known, mut is_none) = (Vec::new(), false);
        for name in names.iter().map(|name| name.to_ascii_lowercase()) {
            match Propagator::from_name(&name) {
                Some(propagator) => known.push(propagator),
                None if name == "none" => is_none = true,
                None => {
                    let why = match name.as_str() {
                        "xray" => {
                            "is not spoken, and no longer needed: AWS X-Ray takes the ids of `tracecontext`, and a \
                             load balancer passes that on"
                        }
                        "ottrace" => "is OpenTracing's and deprecated; B3 is what its tracers speak as well",
                        _ => Propagator::UNKNOWN_NAME,
                    };
                    self.warn(NAME, &name, why, "what else is listed");
                }
            }
        }
        if is_none && !known.is_empty() {
            self.warn(NAME, &names.join(","), "has `none` beside others", "none");
        }
        match (known.is_empty(), is_none) {
            (_, true) => [].into_iter().collect(),
            (true, false) => Propagators::default(),
            (false, false) => known.into_iter().collect(),
        }
    }
}
