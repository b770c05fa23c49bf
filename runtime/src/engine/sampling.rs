//! Whether a span is recorded.

use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::trace::{Sampler, ShouldSample};

/// A sampler, and what is known of its answers without asking it.
#[derive(Debug)]
pub(crate) struct Sampling {
    pub(crate) sampler: Box<dyn ShouldSample>,
    /// The children of a parent are recorded as it was, and told nothing else.
    pub(crate) follows_parent: bool,
    /// What has no parent is recorded.
    pub(crate) takes_roots: bool,
}

/// What is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Recorded,
    NotRecorded,
    /// The sampler has to be asked.
    Ask,
}

impl Sampling {
    /// By a sampler of which nothing is known.
    pub(crate) fn asking(sampler: impl ShouldSample + 'static) -> Self {
        Self { sampler: Box::new(sampler), follows_parent: false, takes_roots: false }
    }

    /// By a sampler that is asked for what has no parent.
    pub(crate) fn following_the_parent(root: impl ShouldSample + 'static) -> Self {
        Self { sampler: Box::new(Sampler::parent_based(root)), follows_parent: true, takes_roots: false }
    }

    /// By one of the specification's, always asked.
    pub(crate) fn plain(sampler: Sampler) -> Self {
        Self { takes_roots: matches!(sampler, Sampler::AlwaysOn), ..Self::asking(sampler) }
    }

    /// By one of the specification's, where there is no parent.
    pub(crate) fn parent_based(root: Sampler) -> Self {
        Self { takes_roots: matches!(root, Sampler::AlwaysOn), ..Self::following_the_parent(root) }
    }

    #[inline]
    pub(super) fn known(&self, parent: &SpanContext) -> Known {
        if !parent.is_valid() {
            return if self.takes_roots { Known::Recorded } else { Known::Ask };
        }
        match (self.follows_parent, parent.is_sampled()) {
            (true, true) => Known::Recorded,
            (true, false) => Known::NotRecorded,
            (false, _) => Known::Ask,
        }
    }
}
