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
    /// Nothing is recorded.
    pub(crate) fn nothing() -> Self {
        Self { sampler: Box::new(Sampler::AlwaysOff), follows_parent: false, takes_roots: false }
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
