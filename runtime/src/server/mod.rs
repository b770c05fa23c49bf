//! [`ServerLayer`]: a SERVER span around every request that a tower service answers.
//!
//! The anatomy of a tower middleware: layer, service, future, body. `settings` is what the layer is set to, `span` what
//! the span is called and what it starts with, `peer` who is on the other side, and `exchange` what it ends with. `disabled`
//! stands in for all of it where recording is off.

mod body;
mod exchange;
mod future;
mod layer;
mod peer;
mod service;
mod settings;
mod span;

pub use body::ServerBody;
pub use future::ServerFuture;
pub use layer::{PeerAddress, ServerLayer};
pub use service::ServerService;
