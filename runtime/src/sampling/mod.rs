#![doc = include_str!("../../docs/sampling.md")]

// Layers, each of which uses only those before it: `glob`, `threshold`, `flags`, `sampler_traits`, `span_to_sample`,
// `result` → the samplers → `adjustable` → `config`, which is what the recorder asks.
mod adjustable;
pub(crate) mod config;
pub(crate) mod flags;
mod glob;
mod keep_on_error;
mod parent_based;
mod probability;
mod rate_limiting;
pub(crate) mod result;
mod rules;
mod sampler_traits;
pub(crate) mod span_to_sample;
pub(crate) mod threshold;

pub use adjustable::{Adjustable, SamplerHandle, adjustable};
pub use keep_on_error::KeepOnError;
pub use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
pub use parent_based::ParentBased;
pub use probability::ConsistentProbability;
pub use rate_limiting::RateLimiting;
pub use rules::{Rules, Spans};

#[cfg(test)]
mod tests;
