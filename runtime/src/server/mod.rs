//! A SERVER span around each request, for tower services and for servers that are not.

// `layer`, `service`, `future` and `body` are the tower middleware, and `options` what it is set to. All of them work on a
// `ServerRequest`, which servers that are not tower services use directly: `span` starts it, and `request` records the response
// and ends it. `peer` finds out who has sent the request.

mod body;
mod future;
mod layer;
mod options;
mod peer;
mod request;
mod service;
mod span;

pub use body::ServerBody;
pub use future::ServerFuture;
pub use layer::ServerLayer;
pub use peer::PeerAddress;
pub use request::ServerRequest;
pub use service::ServerService;

pub use crate::http::RequestSpan;
