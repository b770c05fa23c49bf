//! Programs to run first.
//!
//! - `cargo run --example hello`: the ten lines of the README.
//! - `cargo run --example shop`: five services and real requests; each request is one trace.
//! - `cargo run --example queue`: messages in a queue, read in batches and retried.
//! - `cargo run --example doctor`: checks the configuration and sends a test span.
//!
//! `shop` and `queue` share the two questions that this library answers.

use std::io::IsTerminal as _;

/// Returns whether the environment names a collector to send the spans to.
///
/// If it names none, `shop` and `queue` start a collector of their own and print what it receives.
#[must_use]
pub fn has_otlp_endpoint() -> bool {
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Returns whether to print in color: standard output is a terminal and `NO_COLOR` is not set.
#[must_use]
pub fn is_color_wanted() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
