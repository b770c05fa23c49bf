//! How much of a span is recorded.

use crate::otlp::AttributeLimits;

/// The specification's [span limits](https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most attributes of a span.
    pub(crate) attributes: u32,
    /// The most events of a span.
    pub(crate) events: u32,
    /// The most links of a span.
    pub(crate) links: u32,
    /// The most attributes of an event.
    pub(crate) attributes_of_event: u32,
    /// The most attributes of a link.
    pub(crate) attributes_of_link: u32,
    /// The most characters of a text, in any attribute.
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

impl Limits {
    /// The limits of an event's attributes.
    pub(in crate::engine) const fn of_event(&self) -> AttributeLimits {
        AttributeLimits { max_count: self.attributes_of_event, max_length: self.value_length }
    }

    /// The limits of a link's attributes.
    pub(in crate::engine) const fn of_link(&self) -> AttributeLimits {
        AttributeLimits { max_count: self.attributes_of_link, max_length: self.value_length }
    }
}
