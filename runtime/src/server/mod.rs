//! [`ServerLayer`]: a SERVER span around every request that a tower service answers.
//!
//! The anatomy of a tower middleware: layer, service, future, body. `settings` is what the layer is set to, `span` what
//! the span is called and what it starts with, `peer` who is on the other side, and `exchange` what it ends with. `disabled`
//! stands in for all of it where recording is off.

#[cfg(feature = "record")]
mod body;
#[cfg(feature = "record")]
mod exchange;
#[cfg(feature = "record")]
mod future;
mod layer;
#[cfg(feature = "record")]
mod peer;
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
pub use body::ServerBody;
#[cfg(feature = "record")]
pub use future::ServerFuture;
pub use layer::{PeerAddress, ServerLayer};
pub use service::ServerService;
