//! What stands in for the parts below the client, the server and the tasks where recording is off.
//!
//! Each item has the name and the signature of its twin, and does nothing, so `client`, `server`, `http` and `task` compile
//! once. Where they would do work for a span that cannot start, they ask `span::CAN_RECORD` first. `crate::api` is [`api`] here and the crate `opentelemetry` with recording; `crate::engine`,
//! `crate::propagation`, `crate::span` and `crate::diag` are the modules of the same names.
#![allow(dead_code, reason = "each feature uses other stand-ins")]
#![allow(clippy::extra_unused_type_parameters, reason = "the signatures are those of the twins")]

pub(crate) mod api;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) mod diag;
pub(crate) mod engine;
pub mod expansion;
pub(crate) mod propagation;
pub(crate) mod span;
