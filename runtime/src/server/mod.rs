//! [`ServerLayer`]: a SERVER span around every request that a tower service answers.
//!
//! The anatomy of a tower middleware: layer, service, future, body. `span` says what the span is
//! called and what it tells; `disabled` stands in for all of it where recording is off.

#[cfg(feature = "record")]
mod body;
#[cfg(feature = "record")]
mod future;
mod layer;
#[cfg(feature = "record")]
mod service;
#[cfg(feature = "record")]
mod span;

#[cfg(not(feature = "record"))]
mod disabled;
#[cfg(not(feature = "record"))]
use disabled as service;

#[cfg(feature = "record")]
pub use body::ServerBody;
#[cfg(feature = "record")]
pub use future::ServerFuture;
pub use layer::ServerLayer;
pub use service::ServerService;
