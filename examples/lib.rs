//! Programs to run first; see the folder.
//!
//! - `cargo run --example shop`: five services, real requests, each one trace.
//! - `cargo run --example queue`: records with headers, batches, attempts.
//! - `cargo run --example hello`: the ten lines of the README.
