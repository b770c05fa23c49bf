//! What is known of a sampler's decisions without asking it.

use opentelemetry_sdk::trace::Sampler;

/// What is known of a sampler's decisions without asking it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SamplerTraits {
    /// A child is sampled exactly if its parent is, and nothing is added to it.
    pub(crate) follows_parent: bool,
    /// Every span without a parent is sampled.
    pub(crate) samples_roots: bool,
}

impl SamplerTraits {
    /// Those of one of the SDK's samplers.
    pub(super) fn of_sdk(sampler: &Sampler) -> Self {
        Self {
            follows_parent: matches!(sampler, Sampler::ParentBased(_)),
            samples_roots: matches!(sampler, Sampler::AlwaysOn),
        }
    }
}
