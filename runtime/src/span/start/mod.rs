//! How a span starts.
//!
//! - `parent`, `pending_link`, `lost_context`: what a new span belongs to.
//! - `pending`: a span that is about to start. Its two fronts are `user_span` (annotated functions and `span!`) and `library_span`
//!   (the HTTP client, the HTTP server, the bridge from `tracing`).
//! - `enter`: the short way for spans that have no attributes when they start.

pub(in crate::span) mod enter;
#[cfg(any(feature = "client", feature = "server", feature = "logs"))]
pub(in crate::span) mod library_span;
pub(crate) mod lost_context;
pub(in crate::span) mod parent;
pub(in crate::span) mod pending;
pub(crate) mod pending_link;
pub(in crate::span) mod user_span;
