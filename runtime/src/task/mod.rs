//! Context across tasks, threads, channels and messages: what is current in one place made current in another.

mod closure;
mod envelope;
mod future;
#[cfg(feature = "tokio")]
mod join_set;
mod message;
mod origin;
#[cfg(feature = "tokio")]
mod spawn;
mod stream;
mod thread;

pub use closure::{carry, carry_each};
pub use envelope::Envelope;
pub use future::{FutureExt, InContext};
#[cfg(feature = "tokio")]
pub use join_set::JoinSetExt;
pub use message::{extract, inject};
pub use origin::Origin;
#[cfg(feature = "tokio")]
pub use spawn::{spawn, spawn_blocking, spawn_linked, spawn_local};
pub use stream::with_current_context;
pub use thread::spawn_thread;
