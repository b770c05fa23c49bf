//! Programs to run first; see the folder.
//!
//! - `cargo run --example shop`: three services, real requests, each one trace.
//! - `cargo run --example hello`: the ten lines of the README.
