//! From ended spans to their destination.
//!
//! - [`worker`] is the exporter's thread: it takes the chunks that the recording threads hand over, and obeys flush and shutdown.
//! - [`tail_buffer`] holds the spans that the sampler did not take, for `KeepOnError`.
//! - [`destination`] has one file per exporter, each implementing the trait `Destination`.
//! - [`encode`] encodes batches; [`backlog`] keeps them until a collector accepts them; [`transport`] sends them.
//! - [`ledger`] counts every span, and has the table of the reasons why spans are lost.
//!
//! To add an exporter, write its file in `destination/`, and add its row to the table of exporters in `setup`.

mod backlog;
pub(crate) mod destination;
mod encode;
mod ledger;
mod tail_buffer;
pub(crate) mod test_span;
mod transport;
pub(crate) mod tree_order;
pub(crate) mod waterfall;
mod worker;

pub(crate) use destination::custom::AnyExporter;
pub(crate) use destination::destinations::Destinations;
pub(crate) use encode::encoder::{MAX_REQUEST_BYTES, MAX_REQUEST_BYTES_EVER};
pub use ledger::losses::Dropped;
pub use ledger::report::Report;
pub(crate) use transport::advice::on as advice_on;
pub(crate) use transport::compression::Compression;
pub(crate) use transport::settings::{OtlpSettings, Protocol};
pub(crate) use transport::tls::Tls;
pub(crate) use worker::thread::{Exporter, THREAD_NAME};
pub(crate) use worker::worker::Batching;
