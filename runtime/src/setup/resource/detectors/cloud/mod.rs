//! [`cloud.*`](https://opentelemetry.io/docs/specs/semconv/resource/cloud/) and related attributes, from the variables that cloud
//! platforms set. Their metadata services know more, but need the network.

pub(in crate::setup::resource) mod aws;
pub(in crate::setup::resource) mod azure;
pub(in crate::setup::resource) mod gcp;

use super::super::found::Found;

const MIB: i64 = 1 << 20;

/// The provider and its platform.
fn cloud(provider: &'static str, platform: &'static str) -> Found {
    Found::default().constant("cloud.provider", provider).constant("cloud.platform", platform)
}

/// Converts a number of MiB to bytes.
fn bytes(mib: Option<String>) -> Option<i64> {
    mib?.parse::<u32>().ok().map(|mib| i64::from(mib) * MIB)
}
