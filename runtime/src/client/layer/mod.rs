//! [`ClientLayer`]: the spans of [`Client`](super::Client), for clients that are tower services: hyper's, tonic's.
//!
//! The anatomy of a tower middleware: layer, service, future, body. `settings` is what the layer is set to, `span` what the
//! span starts with; `disabled` stands in for all of it where recording is off.

mod body;
mod future;
#[expect(clippy::module_inception, reason = "as in each middleware's folder")]
mod layer;
mod service;
mod settings;
mod span;

pub use body::ClientBody;
pub use future::ClientFuture;
pub use layer::ClientLayer;
pub use service::ClientService;
