//! The destinations of the process: the one that counts, and those beside it.

use opentelemetry::KeyValue;

use crate::export::destination::destination::DestinationSettings;
use crate::export::destination::discard::DiscardSettings;

/// All destinations of the process.
#[derive(Debug)]
pub(crate) struct Destinations {
    pub(in crate::export) resource: Vec<KeyValue>,
    /// The one whose results are counted and waited for.
    pub(in crate::export) main: Box<dyn DestinationSettings>,
    /// The others get the same spans. Their results are not counted.
    pub(in crate::export) beside: Vec<Box<dyn DestinationSettings>>,
}

impl Destinations {
    /// The first remote destination is the main one; without a remote one, the first. With none at all spans are discarded.
    pub(crate) fn new(resource: Vec<KeyValue>, mut all: Vec<Box<dyn DestinationSettings>>) -> Self {
        all.sort_by_key(|settings| !settings.is_remote());
        let mut all = all.into_iter();
        let main = all.next().unwrap_or_else(|| Box::new(DiscardSettings));
        Self { resource, main, beside: all.collect() }
    }
}
