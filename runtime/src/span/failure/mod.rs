//! How a span reports errors and panics.
//!
//! - `exception`: an error or a panic.
//! - `panic_note`: the panic hook, which notes the message of a panic.
//! - `signal`: whether exceptions are span events, log records, or both.
//! - `record`: marks a span as failed.

pub(in crate::span) mod exception;
pub(in crate::span) mod panic_note;
pub(in crate::span) mod record;
pub(in crate::span) mod signal;
