//! Set-up: the only reader of the environment, and the only setter of globals.
//!
//! [`env`] reads the variables, by a function that is passed in; [`resource`] says what this process
//! is; [`certificates`] are read from their files; [`builder`] takes what is said in the code, and [`assemble`] puts the pieces together; [`guard`] holds
//! them until the end. The [`doctor`] says what has come of it all.

mod abort;
mod assemble;
mod builder;
#[cfg(feature = "tls")]
mod certificates;
#[cfg(not(feature = "tls"))]
#[path = "uncertified.rs"]
mod certificates;
mod doctor;
mod env;
mod guard;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "unmetered.rs"]
mod metrics;
mod resource;
mod sampling;

pub use builder::{Builder, OtlpCompression, OtlpProtocol, builder, init};
pub use doctor::{Diagnosis, doctor};
pub use env::TracesExporter;
pub use guard::Guard;
pub use resource::{BuildInfo, Detector};
