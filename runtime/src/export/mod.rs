//! The engine's sink: take → encode → send → keep.
//!
//! One [`thread`] of Spanwise's own takes what threads that record have handed over, and its [`worker`]
//! brings it to a destination: a [`collector`], for which each batch is [`encode`]d once and kept in the
//! [`backlog`], in memory or on [`disk`], until a [`transport`] has brought it there; a [`custom`] exporter; or one
//! of this process's [own](local). The [`ledger`] counts every span on its way, and the [`teller`] tells of those that are lost.

pub(crate) mod arrange;
mod backlog;
mod batch;
pub(crate) mod canary;
mod collector;
mod custom;
mod disk;
mod encode;
mod hold;
mod last_resort;
mod ledger;
pub(crate) mod local;
mod output;
mod signals;
mod teller;
mod thread;
mod transport;
mod waiter;
mod worker;

pub(crate) use custom::AnyExporter;
pub use ledger::{Dropped, Report};
pub(crate) use output::{CollectorSettings, Destination};
pub(crate) use thread::{Exporter, NAME as THREAD_NAME};
pub(crate) use transport::{Compression, OtlpSettings, Protocol, Tls};
pub(crate) use worker::Batching;
