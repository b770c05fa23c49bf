//! The context across tasks, threads, channels and messages.

mod carried_context;
mod closure;
mod envelope;
mod future;
#[cfg(feature = "tokio")]
mod join_set;
mod message;
#[cfg(feature = "tokio")]
mod spawn;
mod stream;
mod thread;

pub use carried_context::CarriedContext;
pub use closure::{carry, carry_each};
pub use envelope::Envelope;
pub use future::{FutureExt, InContext};
#[cfg(feature = "tokio")]
pub use join_set::JoinSetExt;
pub use message::{extract, inject};
#[cfg(feature = "tokio")]
pub use spawn::{spawn, spawn_blocking, spawn_linked, spawn_local};
pub use stream::with_current_context;
pub use thread::spawn_thread;
