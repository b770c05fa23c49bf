//! How much of a span is recorded.

/// The specification's [span limits](https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
    pub(crate) attributes_of_event: u32,
    pub(crate) attributes_of_link: u32,
    /// How many characters a text may have, in any attribute.
    pub(crate) value_length: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attributes: 128,
            events: 128,
            links: 128,
            attributes_of_event: 128,
            attributes_of_link: 128,
            value_length: usize::MAX,
        }
    }
}
