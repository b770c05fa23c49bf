//! [`ClientLayer`]: the spans of [`Client`](super::Client), for clients that are tower services: hyper's, tonic's.
//!
//! The anatomy of a tower middleware: layer, service, future, body. `settings` is what the layer is set to, `span` what the
//! span starts with; `disabled` stands in for all of it where recording is off.

#[cfg(feature = "record")]
mod body;
#[cfg(feature = "record")]
mod future;
#[expect(clippy::module_inception, reason = "as in each middleware's folder")]
mod layer;
#[cfg(feature = "record")]
mod service;
#[cfg(feature = "record")]
mod settings;
#[cfg(feature = "record")]
mod span;

#[cfg(not(feature = "record"))]
mod disabled;
#[cfg(not(feature = "record"))]
use disabled::{self as service, self as settings};

#[cfg(feature = "record")]
pub use body::ClientBody;
#[cfg(feature = "record")]
pub use future::ClientFuture;
pub use layer::ClientLayer;
pub use service::ClientService;
