//! The engine: records running spans, and takes ended ones to the exporter's thread.
//!
//! Code outside of this folder starts spans through [`provider::route`] and cannot tell who records them.
//!
//! # Layers
//!
//! Each file uses only those before it in this list, except for the kernel, whose files use one another:
//!
//! 1. [`fork`], [`clock`], [`ids`]: in which process, when, which.
//! 2. [`provider::global_provider`]: finds the application's own provider, whose tracer a callsite caches.
//! 3. [`span`]: what is recorded of a span.
//! 4. [`queue`]: takes ended spans from the threads that record to the thread that exports.
//! 5. `context::thread_context`, [`context::sampling_hint`]: the thread's current context, and values in it.
//! 6. [`recorder`]: decides whether a span is recorded, and records it. `hook`, `output` and `trace_limit` come first; the
//!    kernel is `recorder`, `slot`, `recorded_span`, `draft` and `thread_state`.
//! 7. `context::unpublished`, [`context::current`]: spans that are current for Spanwise alone, and what is current.
//! 8. [`provider`]: which recorder or provider a span goes to, and the bridges to OpenTelemetry's API and SDK.
//!
#![doc = include_str!("life_of_a_span.md")]
#![cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only `init` and captures make a recorder"))]

pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod fork;
pub(crate) mod ids;
pub(crate) mod provider;
pub(crate) mod queue;
pub(crate) mod recorder;
pub(crate) mod span;
