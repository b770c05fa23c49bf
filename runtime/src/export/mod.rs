//! The engine's sink: queue → encode → send → keep.
//!
//! Threads that record put ended spans into the [`queue`]; one [`thread`] of Spanwise's own takes
//! them out and hands them to a destination: [`otlp`], which encodes each batch once and keeps the
//! bytes until a collector has taken them, or the [`console`]. The [`ledger`] counts every span on
//! its way.

pub(crate) mod arrange;
mod backlog;
mod console;
mod encode;
mod ledger;
mod otlp;
mod queue;
mod thread;
pub(crate) mod waterfall;

pub use ledger::{Dropped, Report};
pub(crate) use otlp::OtlpSettings;
pub(crate) use queue::{Queue, QueueSettings};
pub(crate) use thread::{Destination, Exporter};

pub(crate) use console::Console;
