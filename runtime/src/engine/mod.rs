//! The engine: where a running span lives, and how a span that has ended gets to the exporter's thread.
//!
//! Read the folders in this order; each uses those before it:
//!
//! 1. [`clock`], [`ids`], [`fork`]: when, which, and in which process.
//! 2. [`span`]: what is recorded of a span.
//! 3. [`queue`]: the way from the threads that record to the one that exports.
//! 4. [`recorder`]: decides whether a span is recorded, and records it. The engine's kernel.
//! 5. [`context`]: what is current on a thread.
//! 6. [`provider`]: which lane a span takes: our recorder, a provider that the context carries, or the application's own.
//!
//! Code outside of this folder starts spans through [`provider::route`] and cannot tell which lane they take.
#![cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only `init` and captures make a recorder"))]

pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod fork;
pub(crate) mod ids;
pub(crate) mod provider;
pub(crate) mod queue;
pub(crate) mod recorder;
pub(crate) mod span;
