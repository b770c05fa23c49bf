//! [`ClientLayer`]: the spans of [`Client`](super::Client), for clients that are tower services: hyper's, tonic's.
//!
//! `layer`, `service`, `future` and `body` are the tower middleware, and `options` what it is set to. `span` starts the span of
//! a request.

mod body;
mod future;
#[expect(clippy::module_inception, reason = "each middleware has its layer in a file of this name")]
mod layer;
mod options;
mod service;
mod span;

pub use body::ClientBody;
pub use future::ClientFuture;
pub use layer::ClientLayer;
pub use service::ClientService;
