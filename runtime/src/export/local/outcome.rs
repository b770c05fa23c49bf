//! What became of spans that were shown or written here.

/// Spans that have found their end.
#[derive(Debug, Default)]
pub(in crate::export) struct Outcome {
    pub(in crate::export) delivered: u64,
    /// How many could not be written, and why.
    pub(in crate::export) lost: Option<(u64, String)>,
}

impl Outcome {
    pub(super) fn and(self, other: Self) -> Self {
        let lost = match (self.lost, other.lost) {
            (Some((before, _)), Some((more, why))) => Some((before + more, why)),
            (one, other) => one.or(other),
        };
        Self { delivered: self.delivered + other.delivered, lost }
    }
}
