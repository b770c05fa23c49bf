//! No exporter: spans are counted and discarded.

use std::sync::Arc;

use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::export::destination::destination::{Destination, DestinationContext, DestinationSettings};
use crate::export::ledger::ledger::Ledger;

#[derive(Debug)]
pub(super) struct DiscardSettings;

impl DestinationSettings for DiscardSettings {
    fn start(self: Box<Self>, context: DestinationContext<'_>) -> Box<dyn Destination> {
        Box::new(DiscardDestination(context.ledger))
    }

    fn place(&self) -> String {
        "nowhere".to_owned()
    }
}

#[derive(Debug)]
struct DiscardDestination(Arc<Ledger>);

impl Destination for DiscardDestination {
    fn take(&mut self, chunk: &Chunk, _calendar: &Calendar) -> Option<String> {
        self.0.discarded(chunk.len() as u64);
        None
    }
}
