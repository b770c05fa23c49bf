//! Builders and middleware for requests to other services: reqwest's API, with a span for each request.

// `builder` and `request` have reqwest's API, and `options` is what they set. `call` is one call, which sends several requests if
// there are redirects (`redirect`) or retries (`retry`). `attempt` sends one of these requests: `span` starts its span, `in_span`
// and `body` keep it current, `error` describes failures. `bridge` connects a request with reqwest's redirect policy and
// connector, and `phases` measures the latter. `layer` is the tower middleware.

mod attempt;
mod body;
mod bridge;
mod builder;
mod call;
#[expect(clippy::module_inception, reason = "the client itself, as each type has a file of its name")]
mod client;
mod error;
mod in_span;
mod layer;
mod options;
mod origin;
mod phases;
mod redirect;
mod request;
mod retry;
mod span;

pub use builder::ClientBuilder;
pub use client::{Client, get};
pub use layer::{ClientBody, ClientFuture, ClientLayer, ClientService};
pub use redirect::{RedirectAction, RedirectAttempt, RedirectPolicy};
pub use request::RequestBuilder;
pub use retry::SentRequest;

pub use crate::http::RequestSpan;
