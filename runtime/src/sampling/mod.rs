#![doc = include_str!("../sampling.md")]

mod glob;
mod keep;
mod probability;
mod rate;
mod rules;

pub use keep::KeepOnError;
pub use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
pub use probability::ConsistentProbability;
pub use rate::RateLimiting;
pub use rules::{Rules, Spans};

pub use crate::engine::{Adjustable, ParentBased, SamplerHandle, adjustable};

#[cfg(test)]
mod tests;
