#![doc = include_str!("../../docs/sampling.md")]

mod adjustable;
pub(crate) mod decision;
mod glob;
mod keep;
mod parent_based;
mod probability;
mod rate;
mod rules;
pub(crate) mod threshold;

pub use adjustable::{Adjustable, SamplerHandle, adjustable};
pub use keep::KeepOnError;
pub use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
pub use parent_based::ParentBased;
pub use probability::ConsistentProbability;
pub use rate::RateLimiting;
pub use rules::{Rules, Spans};

#[cfg(test)]
mod tests;
