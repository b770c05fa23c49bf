//! [`cloud.*`](https://opentelemetry.io/docs/specs/semconv/resource/cloud/) and what belongs to it, by the variables that the platforms set. Their
//! metadata services know more; asking them takes the network.

mod aws;
mod azure;
mod gcp;

pub(super) use aws::detect as aws;
pub(super) use azure::detect as azure;
pub(super) use gcp::detect as gcp;

use super::detector::Found;

const MIB: i64 = 1 << 20;

/// Who runs it, and what it is there.
fn at(provider: &'static str, platform: &'static str) -> Found {
    Found::default().constant("cloud.provider", provider).constant("cloud.platform", platform)
}

/// A number of MiB in bytes.
fn bytes(mib: Option<String>) -> Option<i64> {
    mib?.parse::<u32>().ok().map(|mib| i64::from(mib) * MIB)
}
