//! [`service.*`](https://opentelemetry.io/docs/specs/semconv/resource/service/), and the
//! [attributes of every SDK](https://opentelemetry.io/docs/specs/otel/resource/sdk/#sdk-provided-resource-attributes).

use std::sync::OnceLock;

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;
use super::process::executable_name;
use crate::engine::ids::random_id;

/// What every resource has: the default of `service.name`, and `telemetry.sdk.*`.
pub(in crate::setup::resource) fn detect_defaults(here: &HostView<'_>) -> Found {
    let name = match executable_name(here) {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    };
    Found::default()
        .text("service.name", name)
        .constant("telemetry.sdk.name", "spanwise")
        .constant("telemetry.sdk.language", "rust")
        .constant("telemetry.sdk.version", env!("CARGO_PKG_VERSION"))
}

/// `service.instance.id`: a random UUID of version 4, as the convention recommends. An id derived from the pod's name would
/// stay the same after a restart.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a detector")]
pub(in crate::setup::resource) fn detect_instance(_here: &HostView<'_>) -> Result<Found, Absent> {
    // One process has one id, however often it is detected.
    static ID: OnceLock<String> = OnceLock::new();
    let id = ID.get_or_init(|| uuid(random_id()));
    Ok(Found::default().text("service.instance.id", id.clone()))
}

/// The text of a UUID of version 4, in the variant of RFC 9562.
fn uuid(random: u128) -> String {
    let marked = random & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let digits = format!("{marked:032x}");
    let (first, rest) = digits.split_at(8);
    let (second, rest) = rest.split_at(4);
    let (third, rest) = rest.split_at(4);
    let (fourth, last) = rest.split_at(4);
    [first, second, third, fourth, last].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_a_uuid_of_version_4_and_does_not_change() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let id = || detect_instance(&HostView::of_this_process(&|_| None, None)).expect("an id").0;
        assert_eq!(id(), id());
        assert_ne!(uuid(random_id()), uuid(random_id()));
    }
}
