//! Which instance of the service this is.

use std::sync::OnceLock;

use super::detector::Found;
use crate::engine::ids::random_id;

/// [`service.instance.id`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/service/): a random UUID, of version 4, as
/// is recommended. One that is derived from the pod's name would be that of a process that came before, after a restart.
pub(super) fn detect() -> Found {
    // The same however often it is asked for: it is one process.
    static ID: OnceLock<String> = OnceLock::new();
    let id = ID.get_or_init(|| uuid(random_id()));
    Found::default().text("service.instance.id", id.clone())
}

/// The text of a UUID of version 4 and of the variant of RFC 9562.
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
    fn the_id_is_a_uuid_of_version_4_and_stays() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(detect().0, detect().0);
        assert_ne!(uuid(random_id()), uuid(random_id()));
    }
}
