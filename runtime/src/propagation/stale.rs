//! What others have written that says the same as we do.

use super::Propagator;

/// Whether a header of this name, in small letters, tells of a trace, or of baggage, in any format.
pub(super) fn is_stale(name: &str, is_traced: bool, has_baggage: bool) -> bool {
    match name {
        "baggage" | "jaeger-baggage" => has_baggage,
        name if name.starts_with("uberctx-") => has_baggage,
        name => is_traced && is_of_a_trace(name),
    }
}

fn is_of_a_trace(name: &str) -> bool {
    name == "x-b3-parentspanid"
        || Propagator::ALL.iter().any(|propagator| propagator.headers().contains(&name))
}
